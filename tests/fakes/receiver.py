"""Another system on loopback, over real sockets: a signed webhook's receiver, and four ticket systems in small."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Answer = tuple[int, Any]


@dataclass(frozen=True)
class Heard:
    """A request as the system saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        """Its JSON."""
        return json.loads(self.body) if self.body else None


@dataclass
class Trouble:
    """One answer that is no yes: a status with headers, or silence; ``done`` says that it was done all the same."""

    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    silent: float = 0.0
    done: bool = False


class Receiver:
    """Answers by ``route``; what stands in ``troubles`` is answered first."""

    def __init__(self, route: Callable[[Heard], Answer] = lambda _heard: (204, None)) -> None:
        self.route = route
        self.heard: list[Heard] = []
        self.troubles: list[Trouble] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, heard: Heard) -> tuple[Answer, Trouble | None]:
        """What to say."""
        with self._lock:
            self.heard.append(heard)
            trouble = self.troubles.pop(0) if self.troubles else None
            done = self.route(heard) if trouble is None or trouble.done else (trouble.status, {"error": "as told"})
        return done, trouble


def _handler(owner: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            (status, said), trouble = owner.answer(Heard(self.command, self.path, headers, body))
            if trouble and trouble.silent:
                time.sleep(trouble.silent)
                self.close_connection = True
                return
            content = b"" if said is None else json.dumps(said).encode()
            self.send_response(trouble.status if trouble else status)
            for name, value in (trouble.headers if trouble else {}).items():
                self.send_header(name, value)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _any  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


@dataclass
class Desk:
    """A ticket system in small: tickets by our id, each with everything that was said on it."""

    kind: str
    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __call__(self, heard: Heard) -> Answer:
        """Do as the system of this kind would, as far as our recipe asks."""
        return getattr(self, f"_{self.kind}")(heard, heard.path.split("?")[0].strip("/").split("/"))

    def _new(self, name: str, ours: str, said: str) -> str:
        self.tickets[name] = {"ours": ours, "said": [said]}
        return name

    def _zendesk(self, heard: Heard, parts: list[str]) -> Answer:
        assert heard.headers["authorization"].startswith("Basic ")
        if heard.method == "POST":
            ticket = heard.said["ticket"]
            assert ticket["comment"]["public"] is False
            assert heard.headers["idempotency-key"]
            name = self._new(str(35 + len(self.tickets)), ticket["external_id"], ticket["comment"]["body"])
            return 201, {"ticket": {"id": int(name)}}
        if heard.method == "PUT":
            name = parts[-1].removesuffix(".json")
            return self._say(name, heard.said["ticket"]["comment"]["body"])
        if parts[-1] == "comments.json":
            return 200, {"comments": [{"body": said} for said in self.tickets[parts[-2]]["said"]]}
        found = [
            {"id": int(n), "external_id": one["ours"]} for n, one in self.tickets.items() if one["ours"] in heard.path
        ]
        return 200, {"tickets": found}

    def _jira(self, heard: Heard, parts: list[str]) -> Answer:
        if parts[-1] == "issue":
            fields = heard.said["fields"]
            assert fields["project"] == {"key": "SUP"}
            assert fields["description"]["type"] == "doc"
            key = self._new(f"SUP-{len(self.tickets) + 1}", fields["labels"][1], json.dumps(fields["description"]))
            return 201, {"id": "10000", "key": key}
        if parts[-1] == "jql":
            keys = [key for key, one in self.tickets.items() if f'"{one["ours"]}"' in heard.said["jql"]]
            return 200, {"issues": [{"key": key} for key in keys]}
        if parts[-1] == "comment":
            return self._say(parts[-2], json.dumps(heard.said["body"]))
        return 200, {"fields": {"comment": {"comments": self.tickets[parts[-1]]["said"]}}}

    def _freshdesk(self, heard: Heard, parts: list[str]) -> Answer:
        if heard.method == "POST" and parts[-1] == "tickets":
            assert heard.said["email"] == "kuula@example.com"
            name = self._new(str(7 + len(self.tickets)), heard.said["tags"][1], heard.said["description"])
            return 201, {"id": int(name)}
        if parts[-1] == "notes":
            assert heard.said["private"] is True
            return self._say(parts[-2], heard.said["body"])
        if parts[-1] == "tickets":
            return 200, [{"id": int(n), "tags": ["kuula", one["ours"]]} for n, one in self.tickets.items()]
        return 200, {"conversations": self.tickets[parts[-1]]["said"]}

    def _chatwoot(self, heard: Heard, parts: list[str]) -> Answer:
        assert heard.headers["api_access_token"] == "a token"
        if heard.method == "POST" and parts[-1] == "conversations":
            assert heard.said["message"]["private"] is True
            name = self._new(str(3 + len(self.tickets)), heard.said["source_id"], heard.said["message"]["content"])
            return 200, {"id": int(name)}
        if heard.method == "POST":
            assert heard.said["private"] is True
            return self._say(parts[-2], heard.said["content"])
        if parts[-1] == "messages":
            return 200, {"payload": [{"content": said} for said in self.tickets[parts[-2]]["said"]]}
        listed = [{"id": int(n), "custom_attributes": {"kuula": one["ours"]}} for n, one in self.tickets.items()]
        return 200, {"payload": listed}

    def _say(self, name: str, said: str) -> Answer:
        if name not in self.tickets:
            return 404, {"error": "no such ticket"}
        self.tickets[name]["said"].append(said)
        return 201, {"id": len(self.tickets[name]["said"])}
