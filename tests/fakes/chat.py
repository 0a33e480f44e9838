"""Slack, Telegram, Teams and Mattermost on loopback: real HTTP, the real client, answers as they are told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

SLACK_STAMP = "1700000000.000100"


@dataclass
class Chat:
    """What a chat was sent, and how it answers: it takes, refuses, is busy, hangs, drips or talks garbage."""

    kind: str
    mood: str = "takes"
    port: int = 0
    received: list[dict[str, Any]] = field(default_factory=list)
    ends: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """The address for Apprise."""
        return {
            "slack-hook": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
            "slack-bot": "slack://xoxb-1234-1234-abcdefGHIJKL/#support",
            "telegram": "tgram://123456789:abcdefg_hijklmnopqrstu/4711/",
            "mattermost": f"mmost://127.0.0.1:{self.port}/abcdefghijklmnopqrstuvwx/",
            "teams": f"workflows://127.0.0.1:{self.port}/ABCDEFGHIJ/signature-0123456789/",
        }[self.kind]

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body for a message."""
        match self.mood:
            case "refuses":
                return 403, {}, b'{"ok": false, "description": "Forbidden: bot was blocked", "error": "invalid_auth"}'
            case "busy":
                said = {"ok": False, "description": "Too Many Requests: retry after 35", "error": "ratelimited"}
                return 429, {"Retry-After": "35"}, json.dumps(said).encode()
            case "garbage":
                return 502, {}, b"\x00\xff<html>"
        if self.kind == "slack-hook":
            return 200, {}, b"ok"
        if self.kind == "teams":
            return 202, {}, b""
        stamp = SLACK_STAMP if len(self.received) == 1 else f"17000000{len(self.received):02}.000100"
        return 200, {}, json.dumps({"ok": True, "ts": stamp, "channel": "C024BE91L"}).encode()


@contextmanager
def chat(kind: str, mood: str = "takes") -> Iterator[Chat]:
    """One of them, listening, with Apprise's own plugin told to look for it there."""
    one = Chat(kind, mood)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            one.received.append({"path": self.path, **json.loads(body)})
            if one.mood == "hangs":
                one.ends.wait(30)
                return
            if one.mood == "drips":
                self._drip()
                return
            status, headers, said = one.answer()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def _drip(self) -> None:
            """A byte now and then: no time-out of a single read ever comes."""
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                for _ in range(300):
                    if one.ends.wait(0.1):
                        return
                    self.wfile.write(b"X")
                    self.wfile.flush()
            except OSError:
                time.sleep(0)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    one.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        _lead_here(patch, kind, f"http://127.0.0.1:{one.port}")
        try:
            yield one
        finally:
            one.ends.set()
            server.shutdown()
            thread.join()
            server.server_close()


def _lead_here(patch: pytest.MonkeyPatch, kind: str, here: str) -> None:
    from apprise.plugins.slack import NotifySlack
    from apprise.plugins.telegram import NotifyTelegram
    from apprise.plugins.workflows import requests

    patch.setattr(NotifySlack, "webhook_url", f"{here}/services")
    patch.setattr(NotifySlack, "api_url", here + "/api/{}")
    patch.setattr(NotifySlack, "request_rate_per_sec", 0)
    patch.setattr(NotifyTelegram, "notify_url", f"{here}/bot")
    if kind == "teams":
        # Its address has a host, but only ever https.
        plain = requests.post
        patch.setattr(requests, "post", lambda url, **options: plain(url.replace("https:", "http:", 1), **options))
