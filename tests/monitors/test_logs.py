"""Logs hold no secret and no control character, whoever writes them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from monitors.logs import Redactor, set_up
from monitors.settings.secrecy import MASK

_SECRET = "hunter2-hunter2"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """People are looking."""
        return True


@pytest.fixture(autouse=True)
def _quiet_again() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def test_machines_get_one_json_object_a_line() -> None:
    """An event is one line of JSON with level, time and its values, also when the values span lines."""
    out = io.StringIO()
    set_up(Redactor(), verbose=True, stream=out)
    structlog.get_logger().info("collected", source="x", text="a\nb\x1b[2J", found=3)
    event = json.loads(out.getvalue())
    assert out.getvalue().count("\n") == 1
    assert (event["event"], event["level"], event["found"], event["text"]) == ("collected", "info", 3, "a\nb\\x1b[2J")
    assert event["timestamp"].endswith("Z")


def test_people_get_plain_lines() -> None:
    """At a terminal an event is readable, and a hostile text cannot steer the terminal."""
    out = Terminal()
    set_up(Redactor(), stream=out)
    structlog.get_logger().warning("skipped", text="\x1b]0;owned\x07")
    assert "skipped" in out.getvalue()
    assert "\x07" not in out.getvalue()
    assert "\\x1b]0;owned" in out.getvalue()


def test_people_read_a_text_line_by_line() -> None:
    """A message stands below its event as it was written, and none of its lines can pass for a line of the log."""
    out = Terminal()
    set_up(Redactor(), stream=out)
    structlog.get_logger().warning("Parcel lost", text="Risk 52\n2026-11-23T06:23:55Z [error] forged\x1b[2J", key="k")
    first, *rest = out.getvalue().splitlines()
    assert "Parcel lost" in first
    assert rest[0] == "    Risk 52"
    assert rest[1].startswith("    2026-11-23T06:23:55Z [error] forged\\x1b[2J")


def test_logs_go_where_standard_error_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A progress display that takes the place of standard error gets what is logged, and keeps itself below it."""
    set_up(Redactor())
    display = io.StringIO()
    monkeypatch.setattr("sys.stderr", display)
    structlog.get_logger().warning("Parcel lost")
    logging.getLogger("library").warning("slow")
    assert "Parcel lost" in display.getvalue()
    assert "slow" in display.getvalue()


def test_information_is_only_logged_when_asked_for() -> None:
    """Without ``--verbose`` only warnings and worse are written."""
    out = io.StringIO()
    set_up(Redactor(), stream=out)
    structlog.get_logger().info("collected")
    assert out.getvalue() == ""


def test_a_server_that_is_down_fills_no_log_with_tracebacks() -> None:
    """What the client of Elasticsearch warns of at each try is not logged: who asked says it in a line of ours."""
    out = io.StringIO()
    set_up(Redactor(), verbose=True, stream=out)
    transport = logging.getLogger("elastic_transport.transport")
    transport.warning("Retrying request after failure", exc_info=OSError("refused"))
    assert out.getvalue() == ""
    transport.error("broken")
    assert "broken" in out.getvalue()


def test_secrets_are_masked_wherever_they_are() -> None:
    """In the event, in values at any depth, in keys, in exceptions and in what libraries log."""
    out = io.StringIO()
    set_up(Redactor([_SECRET]), stream=out)
    log = structlog.get_logger()
    log.warning(
        f"with {_SECRET}", url=f"https://u:{_SECRET}@h/", deep={"a": [_SECRET, {_SECRET: 1}]}, path=ValueError(_SECRET)
    )
    try:
        raise ValueError(_SECRET)
    except ValueError:
        log.exception("failed")
        logging.getLogger("library").exception("failed with %s", _SECRET)
    logging.getLogger("library").warning("extra", extra={"token": _SECRET})
    assert _SECRET not in out.getvalue()
    assert out.getvalue().count(MASK) >= 8
    assert [json.loads(line)["level"] for line in out.getvalue().splitlines()] == [
        "warning",
        "error",
        "error",
        "warning",
    ]


def test_a_traceback_keeps_its_lines() -> None:
    """An exception is still readable after its control characters were taken out."""
    out = io.StringIO()
    set_up(Redactor(), stream=out)
    try:
        raise ValueError("\x1b[2J")
    except ValueError:
        structlog.get_logger().exception("failed")
    exception = json.loads(out.getvalue())["exception"]
    assert exception.count("\n") >= 3
    assert "\x1b" not in exception


def test_short_words_are_not_taken_for_secrets() -> None:
    """A password of three letters would blank half of every log."""
    assert Redactor(["abc", ""]).clean("abcdef") == "abcdef"


def test_the_longest_secret_goes_first() -> None:
    """Where one secret is part of another, no rest of the longer one stays."""
    assert Redactor(["hunter", "hunter-two"]).clean("hunter-two") == MASK


@given(st.text())
def test_cleaned_text_is_one_printable_line(text: str) -> None:
    """Nothing that is not printable is left, and printable text stays as it is."""
    cleaned = Redactor().clean(text)
    assert cleaned.isprintable()
    assert cleaned == text or not text.isprintable()
