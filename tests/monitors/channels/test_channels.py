"""Channels against real servers on loopback: a webhook, a mail server, the log."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
import structlog
from fakes.post_office import PASSWORD, QUOTED, USER, free_port, mail_url, mailbox

from monitors.channels import open_channel
from monitors.channels.apprise import KEY_HEADER, AppriseChannel
from monitors.channels.log import LogChannel
from monitors.errors import BadSettings, RetryLater, StopSource
from monitors.messages.wording import as_html
from monitors.ports import Message
from monitors.settings import ChannelConfig
from monitors.testing.channel_checks import ChannelCase, ChannelChecks, Listener

# Apprise tries to import a library for one of its services, and leaves connections that failed to the collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*<socket:pytest.PytestUnraisableExceptionWarning"),
]


def _now() -> datetime:
    return datetime(2026, 11, 20, 12, tzinfo=UTC)


def _channel(name: str, url: str) -> AppriseChannel:
    return AppriseChannel(name, url, _now)


STATUS = {"taken": 200, "refused": 401, "busy": 429}


@contextmanager
def webhook(status: int = 200, pause: float = 0.0, keys: list[str] | None = None) -> Iterator[tuple[int, list[str]]]:
    """A server that answers every POST with a status; gives its port and the bodies it gets, and adds their keys."""
    received: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            time.sleep(pause)
            if keys is not None:
                keys.append(self.headers[KEY_HEADER])
            received.append(json.dumps(json.loads(body), ensure_ascii=False))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port, received
    server.shutdown()
    thread.join()
    server.server_close()


class WebhookCase(ChannelCase):
    """JSON to a webhook with a user and a password."""

    secrets: ClassVar[tuple[str, ...]] = (USER, PASSWORD, QUOTED)

    @contextmanager
    def listening(self, answer: str = "taken") -> Iterator[Listener]:
        """The webhook, or a port where nobody is."""
        if answer == "absent":
            yield Listener(_channel("hook", f"json://{USER}:{QUOTED}@127.0.0.1:{free_port()}"))
            return
        with webhook(STATUS[answer]) as (port, received):
            yield Listener(_channel("hook", f"json://{USER}:{QUOTED}@127.0.0.1:{port}"), received)


class TestWebhook(ChannelChecks):
    """A webhook keeps every promise of a channel."""

    case = WebhookCase()


class MailCase(ChannelCase):
    """Mail with a user and a password."""

    secrets: ClassVar[tuple[str, ...]] = (USER, PASSWORD, QUOTED)

    @contextmanager
    def listening(self, answer: str = "taken") -> Iterator[Listener]:
        """The mail server, or a port where nobody is."""
        if answer == "absent":
            yield Listener(_channel("mail", mail_url(free_port())))
            return
        with mailbox(answer) as (port, box):
            yield Listener(_channel("mail", mail_url(port)), box.received)


class TestMail(ChannelChecks):
    """Mail keeps every promise of a channel but one."""

    case = MailCase()

    def test_a_refusal_is_final(self) -> None:
        """Apprise does not tell a refused password from a lost connection: it is tried on, and the guard goes round."""
        with self.case.listening("refused") as listener, pytest.raises(RetryLater):
            listener.channel.send(Message("k", "subject", "text"))


class LogCase(ChannelCase):
    """The log, which cannot say no."""

    refuses: ClassVar[bool] = False

    @contextmanager
    def listening(self, answer: str = "taken") -> Iterator[Listener]:
        """What is logged, as text."""
        listener = Listener(LogChannel("log"))

        def keep(_logger: Any, _name: str, event: Any) -> Any:
            listener.received.append(f"{event['event']}\n{event['text']}")
            raise structlog.DropEvent

        before = structlog.get_config()
        structlog.configure(processors=[keep])
        yield listener
        structlog.configure(**before)


class TestLog(ChannelChecks):
    """The log keeps every promise of a channel."""

    case = LogCase()


def test_a_mail_is_readable_everywhere_and_cannot_be_broken_out_of() -> None:
    """Without a word in the address a mail is the page, with a plain part; a stranger's markup is text in both."""
    message = Message(
        "k",
        "Acme: грозят <b>судом</b> Bcc: all@example.com",
        "never sent by mail",
        html=as_html("et", "Tere & <script>x</script>\nteine rida", {"Ava": "https://pages.example.com/incidents/1"}),
    )
    with mailbox() as (port, box):
        _channel("mail", mail_url(port)).send(message)
    mail = box.mails[0]
    assert mail["subject"] == message.subject
    assert mail["bcc"] is None
    assert "ann@example.com" in mail["to"]
    assert mail["date"]
    assert mail["message-id"]
    html, plain = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert plain is not None
    shown, read = html.get_content(), plain.get_content()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert '<a href="https://pages.example.com/incidents/1" style="display: inline-block' in shown
    assert read.splitlines()[:2] == ["Tere & <script>x</script>", "teine rida"]
    assert "Ava: https://pages.example.com/incidents/1" in read


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("mailto://ann:secret@example.com", True),
        ("mailto://ann:secret@example.com?format=text", False),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", False),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", False),
        ("ntfy://topic", False),
    ],
)
def test_the_page_goes_where_it_can_be_shown(address: str, page: bool) -> None:
    """Mail gets the page unless its address says otherwise; chats and pushes get the text."""
    assert _channel("x", address)._shows_html is page


@pytest.mark.parametrize("subject", ["a\r\nBcc: all@example.com", "a\nBcc: all@example.com"])
def test_a_subject_cannot_add_headers(subject: str) -> None:
    """A line break in a subject starts no header, and no mail is lost over it."""
    with mailbox() as (port, box):
        _channel("mail", mail_url(port)).send(Message("k", subject, "text"))
    assert box.mails[0]["bcc"] is None


def test_silenced_logs_hide_no_refusal() -> None:
    """Logs of other programs in the process, Airflow's for one, may mute Apprise; a refusal stops all the same."""
    logger, root = logging.getLogger("apprise"), logging.getLogger()
    before = root.level
    root.setLevel(logging.CRITICAL)
    logger.disabled = True
    logger.setLevel(logging.NOTSET)
    try:
        with webhook(403) as (port, _), pytest.raises(StopSource, match="403"):
            _channel("hook", f"json://127.0.0.1:{port}").send(Message("k", "s", "t"))
    finally:
        root.setLevel(before)


def test_a_server_error_is_tried_again() -> None:
    """A webhook that answers 500 may work later."""
    with webhook(500) as (port, _), pytest.raises(RetryLater, match="500"):
        _channel("hook", f"json://127.0.0.1:{port}").send(Message("k", "s", "t"))


def test_a_slow_server_is_tried_again() -> None:
    """A webhook that does not answer in time may work later."""
    with webhook(pause=2.0) as (port, _), pytest.raises(RetryLater):
        _channel("hook", f"json://127.0.0.1:{port}?rto=0.2&cto=0.2").send(Message("k", "s", "t"))


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_wrong_address_stops(status: int) -> None:
    """A webhook that is gone or forbidden needs a person."""
    with webhook(status) as (port, _), pytest.raises(StopSource):
        _channel("hook", f"json://127.0.0.1:{port}").send(Message("k", "s", "t"))


def test_an_address_that_nobody_understands_is_a_mistake_in_the_settings() -> None:
    """The error names the key and shows nothing of the address."""
    with pytest.raises(BadSettings) as caught:
        open_channel("slack", ChannelConfig(kind="apprise", url="nosuch://token-token/secret"), _now)
    assert caught.value.key == "channels.slack.url"
    assert "secret" not in str(caught.value)


def test_apprise_itself_is_not_talkative() -> None:
    """What it logs while it sends is heard by us, and its handlers are taken away again."""
    before = list(logging.getLogger("apprise").handlers)
    with webhook() as (port, _):
        _channel("hook", f"json://127.0.0.1:{port}").send(Message("k", "s", "t"))
    assert logging.getLogger("apprise").handlers == before


def test_the_key_goes_along() -> None:
    """A message that comes twice after a crash is known by its key, to a webhook and in a mail, whatever is in it."""
    keys: list[str] = []
    message = Message("incident 7 > :õie\r\nBcc: x:mail", "s", "t")
    with webhook(keys=keys) as (port, _), mailbox() as (mail_port, box):
        _channel("hook", f"json://127.0.0.1:{port}").send(message)
        _channel("mail", mail_url(mail_port)).send(message)
    assert keys == ["incident 7 > :%C3%B5ie%0D%0ABcc: x:mail"]
    assert box.mails[0][KEY_HEADER] == keys[0]
    assert box.mails[0]["bcc"] is None


def test_channels_that_send_at_once_hear_themselves_alone() -> None:
    """A webhook that refuses makes no refusal of one that is only busy, and its address is in nobody else's error."""
    start = threading.Barrier(2)
    said: dict[str, Exception] = {}

    def send(name: str, port: int) -> None:
        channel = _channel(name, f"json://{name}user:{PASSWORD[:4]}@127.0.0.1:{port}/{name}path")
        for _ in range(5):
            start.wait(20)
            try:
                channel.send(Message("k", "s", "t"))
            except (RetryLater, StopSource) as error:
                said[name] = error

    with (
        webhook(401, pause=0.05) as (refusing, _),
        webhook(429, pause=0.05) as (busy, _),
        ThreadPoolExecutor(2) as both,
    ):
        for done in [both.submit(send, "refusing", refusing), both.submit(send, "busy", busy)]:
            done.result(60)
    assert (type(said["refusing"]), type(said["busy"])) == (StopSource, RetryLater)
    assert "401" not in str(said["busy"])
