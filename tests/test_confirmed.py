"""Messages through a real client to a real webhook: killed between sending and the receipt, none is lost.

What the webhook took without the ledger knowing comes once more, under the same key.
"""

import contextlib
import csv
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from monitors.channels.apprise import KEY_HEADER
from monitors.ledger.engine import Ledger
from monitors.ledger.schema import outbox, receipts

SECONDS = 120
SETTINGS = """
[ledger]
url = "{ledger}"
[index]
url = "sqlite:///index.db"
[brands.Acme]
names = ["Acme"]
[sources.rows]
kind = "file"
path = "rows.csv"
[channels.hook]
kind = "apprise"
url = "json://127.0.0.1:{port}"
[people.ann]
channels = ["hook"]
"""
SAID = (
    "Acme lost my parcel, nobody answers and I will go to court",
    "Acme flight cancelled, stuck with my baby in the cold for hours",
    "Acme on minu raha kaotanud ja keegi ei vasta, see on pettus",
    "Acme не отвечает, верните деньги, я пойду в суд",
)


@dataclass
class Hook:
    """A webhook that takes everything, and holds back its answer to the ``hold``-th message until it is let go."""

    hold: int = 2
    port: int = 0
    received: list[tuple[str, str]] = field(default_factory=list)
    holds: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    heard: threading.Event = field(default_factory=threading.Event)

    def take(self, key: str, body: str) -> bool:
        """Remember a message; whether it is the one that was held."""
        self.received.append((key, body))
        if len(self.received) != self.hold:
            return False
        self.holds.set()
        self.go.wait(SECONDS)
        return True


@contextmanager
def _listening(hook: Hook) -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            held = hook.take(self.headers[KEY_HEADER], body)
            # Whoever was killed meanwhile does not listen any more.
            with contextlib.suppress(ConnectionError):
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()
                if held:
                    # The client closes when it has read the answer.
                    self.rfile.read(1)
            if held:
                hook.heard.set()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hook
    finally:
        hook.go.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _write_home(folder: Path, ledger_url: str, port: int) -> None:
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "text", "author", "created_at", "likes"])
        rows.writerows([n, said, f"author{n}", f"2026-11-20T12:0{n}:00Z", 50] for n, said in enumerate(SAID))
    (folder / "kuula.toml").write_text(SETTINGS.format(ledger=ledger_url, port=port), encoding="utf-8")
    (folder / "kuula.toml").chmod(0o600)


def _start(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "monitors", "--settings", str(folder / "kuula.toml"), "run", "--once"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _finish(folder: Path) -> None:
    process = _start(folder)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err[-2000:]


@contextmanager
def _no_receipts(ledger: Ledger) -> Iterator[None]:
    """Nobody can write a receipt within the block."""
    with ledger.write() as tx:
        if not ledger.embedded:
            tx.execute(text("LOCK TABLE receipts IN SHARE MODE"))
        yield


def _rows(ledger: Ledger) -> tuple[dict[str, str], list[str]]:
    """The state of each message by key, and the keys of the receipts."""
    with ledger.read() as tx:
        states = {row.key: row.state for row in tx.execute(select(outbox.c.key, outbox.c.state))}
        return states, sorted(tx.execute(select(receipts.c.key)).scalars())


@pytest.mark.parametrize("moment", ["before the answer", "after the answer"])
def test_killed_between_sending_and_receipt(moment: str, ledger_url: str, tmp_path: Path) -> None:
    """Every message arrives, is confirmed once, and only the one in the air comes twice: same key, same words."""
    with _listening(Hook()) as hook:
        _write_home(tmp_path, ledger_url, hook.port)
        process = _start(tmp_path)
        try:
            assert hook.holds.wait(SECONDS), process.poll()
            ledger = Ledger(ledger_url)
            if moment == "after the answer":
                with _no_receipts(ledger):
                    hook.go.set()
                    assert hook.heard.wait(SECONDS)
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
        finally:
            process.kill()
            process.communicate()
        hook.go.set()
        in_the_air = hook.received[1][0]
        states, confirmed = _rows(ledger)
        assert confirmed == [hook.received[0][0]]
        assert states[in_the_air] == "queued"
        _finish(tmp_path)
        states, confirmed = _rows(ledger)
        ledger.close()
    assert set(states.values()) == {"sent"}
    assert len(states) == len(SAID)
    assert confirmed == sorted(states)
    assert Counter(key for key, _ in hook.received) == {key: 2 if key == in_the_air else 1 for key in states}
    first, second = (body for key, body in hook.received if key == in_the_air)
    assert first.split("http")[0] == second.split("http")[0], "links are signed anew, the words are the same"
