"""The suite of channels can fail: each check on its broken twin, and no other check on it."""

import inspect

import pytest
from broken.channels import TWINS, ToyCase

from monitors.testing.channel_checks import ChannelChecks


class TestToy(ChannelChecks):
    """The toy keeps every promise."""

    case = ToyCase()


CHECKS = [name for name, _ in inspect.getmembers(ChannelChecks, inspect.isfunction) if name.startswith("test_")]


def _passes(check: str, case: ToyCase, caplog: pytest.LogCaptureFixture) -> bool:
    suite = type("Suite", (ChannelChecks,), {"case": case})()
    function = getattr(suite, check)
    answers = {"test_what_may_pass_is_tried_again": ["busy", "absent"]}.get(check, ["taken"])
    try:
        for answer in answers:
            given = {"answer": answer, "caplog": caplog}
            function(**{name: given[name] for name in inspect.signature(function).parameters})
    except (AssertionError, pytest.fail.Exception, Exception):  # noqa: BLE001 - a twin may fail as it likes
        return False
    return True


@pytest.mark.parametrize("twin", CHECKS)
def test_each_check_fails_on_its_twin_alone(twin: str, caplog: pytest.LogCaptureFixture) -> None:
    """The twin named after a check fails it, and passes all the others."""
    failed = [check for check in CHECKS if not _passes(check, ToyCase(TWINS[twin]), caplog)]
    assert failed == [twin]
