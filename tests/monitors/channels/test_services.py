"""Slack, Telegram and Teams as they answer, by the real client over real HTTP, and their threads."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from fakes.chat import SLACK_STAMP, Chat, chat
from fakes.post_office import mail_url, mailbox

from monitors.channels.apprise import AppriseChannel
from monitors.errors import RetryLater, StopSource
from monitors.ports import Confirmation, Message, Thread

pytestmark = [
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*<socket:pytest.PytestUnraisableExceptionWarning"),
]
KINDS = ("slack-hook", "slack-bot", "telegram", "teams")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NEWS = Message("k", "#7 Acme · risk 64 · take it", "Keegi ei vasta – грозят судом", thread=Thread("incident-7.ann"))


@contextmanager
def _open(kind: str, mood: str = "takes", seconds: float = 20.0) -> Iterator[tuple[Chat, AppriseChannel]]:
    with chat(kind, mood) as one:
        yield one, AppriseChannel(kind, one.url, lambda: NOW, seconds)


def _mail(port: int) -> AppriseChannel:
    return AppriseChannel("mail", mail_url(port), lambda: NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_that_takes_it_confirms(kind: str) -> None:
    """The words arrive, the case they are about with them, and it counts as taken."""
    with _open(kind) as (one, channel):
        assert channel.send(NEWS).startswith("confirmed by ")
        said = str(one.received)
        assert len(one.received) == 1
    for words in ("#7 Acme", "Keegi ei vasta", "грозят судом"):
        assert words in said


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_that_refuses_stops_and_keeps_its_secret(kind: str) -> None:
    """A no is final, says what to do, and shows nothing of the address."""
    with _open(kind, "refuses") as (one, channel), pytest.raises(StopSource) as caught:
        channel.send(NEWS)
    secrets = [part for part in one.url.split("/") if len(part) > 8 and "127.0.0.1" not in part]
    assert secrets
    assert not any(secret in str(caught.value) for secret in secrets)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mood", ["busy", "garbage"])
def test_a_service_in_trouble_is_tried_again(kind: str, mood: str) -> None:
    """Too many requests and nonsense may pass; where Apprise lets the time be seen it is kept."""
    with _open(kind, mood) as (_, channel), pytest.raises(RetryLater) as caught:
        channel.send(NEWS)
    if (kind, mood) == ("telegram", "busy"):
        assert caught.value.after == NOW + timedelta(seconds=35)
    else:
        assert caught.value.after is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mood", ["hangs", "drips"])
def test_a_service_that_never_answers_has_so_long_and_no_longer(kind: str, mood: str) -> None:
    """Silent or byte by byte: after its time the channel gives up, and the next message is not stuck behind it."""
    with _open(kind, mood, seconds=2) as (one, channel):
        begin = monotonic()
        with pytest.raises(RetryLater, match="did not answer within 2 seconds"):
            channel.send(NEWS)
        assert monotonic() - begin < 20
        one.mood = "takes"
        assert channel.send(NEWS)
        one.ends.set()


@pytest.mark.parametrize("kind", ["mattermost", "teams"])
def test_no_stranger_calls_the_team_or_makes_a_link(kind: str) -> None:
    """What people wrote is read as it was written, and is no call of anybody, nor a link that hides where it leads."""
    said = (
        "@everyone @HERE x@channel /@all <@123> <@&4> @emma [Take it](https://evil.example) me@example.com "
        "[https://k.example/links/a](https://evil.example) https://@everyone https://m.example/@all/1 https://m.example/@ann/2"
    )
    with _open(kind) as (one, channel):
        channel.send(replace(NEWS, subject=f"#7 {said}", text=said))
    (sent,) = one.received
    shown = sent["text"] if kind == "mattermost" else sent["attachments"][0]["content"]["body"][1]["text"]
    assert not re.search(r"@(?i:everyone|here|channel|all)|(?<!\w)@[&\d]|(?<=\s)@\w|\](?=\()", shown)
    assert "https://m.example/@ann/2" in shown
    assert said in shown.replace("\u2060", "").replace("%40", "@")


def test_slack_keeps_to_the_thread_of_the_first_message() -> None:
    """A bot is told the time stamp of the first message and answers below it; other messages are not drawn in."""
    with _open("slack-bot") as (one, channel):
        first = channel.send(NEWS)
        assert isinstance(first, Confirmation)
        assert first.thread == SLACK_STAMP
        inside = replace(NEWS, key="k2", thread=Thread("incident-7.ann", first.thread))
        channel.send(inside)
        channel.send(replace(NEWS, key="k3", thread=None))
        channel.send(replace(NEWS, key="k4", thread=Thread("incident-8.ann")))
    assert [said.get("thread_ts") for said in one.received] == [None, SLACK_STAMP, None, None]
    assert {said["channel"] for said in one.received} == {"#support"}


@pytest.mark.parametrize("reference", ["", "x", "1.2/../..", "1700000000.000100:#other", "9" * 400])
def test_a_reference_that_is_no_time_stamp_goes_nowhere(reference: str) -> None:
    """What the ledger holds is not trusted with the address of a message."""
    with _open("slack-bot") as (one, channel):
        channel.send(replace(NEWS, thread=Thread("incident-7.ann", reference)))
    assert [(said["channel"], said.get("thread_ts")) for said in one.received] == [("#support", None)]


@pytest.mark.parametrize("kind", ["slack-hook", "telegram", "teams"])
def test_a_service_without_threads_gets_a_new_message_that_names_the_case(kind: str) -> None:
    """It begins no thread, and its later messages begin with the case all the same."""
    with _open(kind) as (one, channel):
        first = channel.send(NEWS)
        assert isinstance(first, Confirmation)
        assert first.thread is None
        channel.send(replace(NEWS, key="k2", thread=Thread("incident-7.ann")))
    assert all("#7 Acme" in str(said) for said in one.received)


def test_mail_keeps_to_its_thread() -> None:
    """All mails of a case refer to one root; later ones keep the first subject, and another case has another root."""
    with mailbox() as (port, box):
        channel = _mail(port)
        first = channel.send(NEWS)
        assert isinstance(first, Confirmation)
        assert first.thread == NEWS.subject
        later = replace(
            NEWS, key="k2", subject="#7 Acme · risk 80 · it grows", thread=Thread("incident-7.ann", NEWS.subject)
        )
        channel.send(later)
        channel.send(replace(NEWS, key="k3", thread=Thread("incident-8.ann")))
        channel.send(replace(NEWS, key="k4", thread=None))
    roots = [mail["references"] for mail in box.mails]
    assert roots[0] == roots[1] == "<incident-7.ann@example.com>"
    assert roots[2] == "<incident-8.ann@example.com>"
    assert roots[3] is None
    assert [mail["in-reply-to"] for mail in box.mails] == [None, roots[0], None, None]
    assert [mail["subject"] for mail in box.mails][:2] == [NEWS.subject, f"Re: {NEWS.subject}"]
    assert len({mail["message-id"] for mail in box.mails}) == 4
    assert all(len(mail.get_all("message-id")) == 1 for mail in box.mails)


def test_a_case_cannot_add_headers() -> None:
    """A name with a line break in it starts no header."""
    with mailbox() as (port, box):
        _mail(port).send(replace(NEWS, thread=Thread("incident-7.a\r\nBcc: all@example.com", "x\r\nBcc: a@b.c")))
    assert box.mails[0]["bcc"] is None


def test_mails_are_not_held_back_between_each_other() -> None:
    """Apprise would wait 5.5 seconds before the second, and as long before the third."""
    with mailbox() as (port, box):
        channel = _mail(port)
        begin = monotonic()
        for number in range(3):
            channel.send(replace(NEWS, key=f"k{number}"))
        assert monotonic() - begin < 10
    assert len(box.mails) == 3
