"""What the desk tells, in one process that nobody kills: a webhook for messages, and systems that hear of events.

Connections are served one after the other in the order in which they were made. What somebody sent before they were
killed is therefore written down before all that others send afterwards, however busy the machine is.
"""

import base64
import json
import socketserver
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from fakes.kills.place import Place
from standardwebhooks import Webhook

from monitors.channels.apprise import KEY_HEADER
from monitors.hooks import Teller
from monitors.settings.hook_sections import Hook, HookEvent

KEY = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ....").decode()
OF_PROMISES = ("promised", "promise_kept", "promise_broken", "resolved")
HOOKS: dict[str, tuple[str, ...]] = {"warehouse": tuple(HookEvent), "billing": OF_PROMISES}
"""The systems, each with the events that it is told of."""


def tellers(place: Place) -> dict[str, Teller]:
    """The way to each of the systems."""
    return {
        name: Teller(
            name,
            Hook.model_validate(
                {
                    "url": f"http://127.0.0.1:{place.port}/hooks/{name}",
                    "secret": KEY,
                    "events": list(events),
                    "allow_private": True,
                    # A machine that is busy is no system that does not answer.
                    "timeout_seconds": 60,
                }
            ),
            place.now,
        )
        for name, events in HOOKS.items()
    }


class Systems(HTTPServer):
    """Everything that listens to the desk, on one port; it takes everything."""

    request_queue_size = 128

    def __init__(self, place: Place) -> None:
        super().__init__(("127.0.0.1", 0), _handler(place))

    def server_bind(self) -> None:
        """Bind without asking who this machine is."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


def _handler(place: Place) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Write down what came, and only then confirm it."""
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:
                # Whoever sent it died over it.
                return
            parts = self.path.strip("/").split("/")
            if parts[0] == "hooks":
                _hear(place, parts[1], self.headers, body)
            else:
                place.write_down("received", key=self.headers[KEY_HEADER], channel=parts[0])
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def handle(self) -> None:
            """Whoever was killed does not listen any more."""
            try:
                super().handle()
            except ConnectionError:
                return

    return Handler


def _hear(place: Place, hook: str, headers: Any, body: bytes) -> None:
    key, at = headers["webhook-id"], datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signature = Webhook(KEY.removeprefix("whsec_")).sign(key, at, body.decode())
    said = json.loads(body)["data"]
    place.write_down(
        "heard",
        hook=hook,
        key=key,
        event=said["event"],
        incident=said["incident"]["id"],
        signed=signature == headers["webhook-signature"],
    )
