"""A mail server on loopback."""

import email
import email.policy
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

USER, PASSWORD = "hook-user-1234", "sala/sona?98765"
QUOTED = "sala%2Fsona%3F98765"


def free_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mailbox:
    """What it was sent."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.mails: list[EmailMessage] = []
        self.received: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - of the library
        """Take it, or not."""
        if self.answer == "busy":
            return "451 try again later"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.received.append(f"{mail['subject']}\n{mail.get_body(('plain', 'html')).get_content()}")
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """Refuse or let in."""
        return AuthResult(success=self.answer != "refused")


@contextmanager
def mailbox(answer: str = "taken") -> Iterator[tuple[int, Mailbox]]:
    """A mail server on loopback."""
    box, port = Mailbox(answer), free_port()
    server = Controller(box, "127.0.0.1", port, authenticator=box.authenticate, auth_require_tls=False)
    server.start()
    yield port, box
    server.stop()


def mail_url(port: int) -> str:
    """The address for Apprise."""
    return (
        f"mailto://127.0.0.1:{port}?user={USER}&pass={QUOTED}&from=kuula@example.com&to=ann@example.com&mode=insecure"
    )
