"""The suite of sources bites: each check has a broken twin that fails it, and only it."""

import pytest
from broken import twins
from broken.toy import NOW, TWINS, Toy, ToyCase

from monitors.errors import RetryLater
from monitors.http import Http
from monitors.source_settings import NetworkSettings
from monitors.testing.banned_calls import banned_in
from monitors.testing.budgets import NoLimit
from monitors.testing.follow_checks import FollowSourceChecks
from monitors.testing.reply_checks import ReplySourceChecks
from monitors.testing.server import FakeServer, Fault, as_json
from monitors.testing.source_checks import through_json


class EveryCheck(ReplySourceChecks, FollowSourceChecks):
    """What a source promises that can do everything."""

    __test__ = False


CHECKS = sorted(name for name in dir(EveryCheck) if name.startswith("test_"))


def failed(source: type[Toy]) -> set[str]:
    """The names of the checks that the source fails."""
    names = set()
    for name in CHECKS:
        checks = EveryCheck()
        checks.case = ToyCase(source)  # type: ignore[misc]
        try:
            getattr(checks, name)()
        except AssertionError:
            names.add(name)
    return names


def test_a_sound_source_passes() -> None:
    """The toy that the twins are made of fails nothing."""
    assert failed(Toy) == set()


def test_no_check_is_without_a_twin() -> None:
    """A check that is added without a source that fails it is found here."""
    assert set(CHECKS) == {check for check, _ in twins.ALL}


@pytest.mark.parametrize(("check", "twin"), [pytest.param(*one, id=one[1].__name__) for one in twins.ALL])
def test_a_twin_fails_its_check_and_no_other(check: str, twin: type[Toy]) -> None:
    """Each check finds its own fault, and nothing else."""
    assert failed(twin) == {check}


@pytest.mark.parametrize(("twin", "said"), [(twins.WalksInCircles, "500 pages"), (twins.CallsInCircles, "1000 calls")])
def test_a_walk_without_end_is_ended(twin: type[Toy], said: str) -> None:
    """A source that is never done hangs nobody's machine: it reads what is wrong with it."""
    checks = EveryCheck()
    checks.case = ToyCase(twin)  # type: ignore[misc]
    with pytest.raises(AssertionError, match=f"{said} and no end"):
        checks.test_no_request_leaves_loopback()


def test_a_world_that_is_too_small_says_what_to_do() -> None:
    """Whoever gave the suite two pages reads how many it wants, and what a source that never pages writes."""
    checks = EveryCheck()
    checks.case = ToyCase(TWINS["test_its_world_fills_its_pages"])  # type: ignore[misc]
    with pytest.raises(AssertionError, match=r"fills 2 of the 3 pages.*smaller page_size.*`pages = 1`"):
        checks.test_its_world_fills_its_pages()
    checks.case.pages = 1  # type: ignore[misc]
    checks.test_its_world_fills_its_pages()


def test_a_failed_check_says_what_it_compared() -> None:
    """Also where the suite is an installed package, of which pytest by default says `AssertionError` and no more."""
    checks = EveryCheck()
    checks.case = ToyCase(TWINS["test_posts_carry_the_configured_name"])  # type: ignore[misc]
    with pytest.raises(AssertionError, match=r"assert \{'toy'\} == \{'under-test'\}"):
        checks.test_posts_carry_the_configured_name()


def ask_a_route_that_fails() -> None:
    """A source that waits for a service whose fake is wrong."""
    with FakeServer() as server:
        server.add("/items", lambda asked, _: as_json(asked.params["after"]))
        http = Http(NetworkSettings.model_validate({"base_url": server.url}), budget=NoLimit(), now=lambda: NOW)
        with pytest.raises(RetryLater):
            http.get("/items")


def test_a_mistake_in_a_fake_service_is_named() -> None:
    """What a route raises is told where the fake ends; the source only saw a connection that closed."""
    with pytest.raises(AssertionError, match="a route of this fake server") as caught:
        ask_a_route_that_fails()
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_client_that_leaves_is_no_mistake_of_a_fake() -> None:
    """A source that gives up on a body that does not come ends nothing but its own call."""
    with FakeServer() as server:
        server.add("/items", lambda _, __: as_json([]))
        server.fail(Fault.SLOW)
        settings = NetworkSettings.model_validate({"base_url": server.url, "timeout_seconds": 0.2})
        with pytest.raises(RetryLater):
            Http(settings, budget=NoLimit(), now=lambda: NOW).get("/items")


def test_a_state_that_is_no_json_is_told() -> None:
    """Whoever keeps a time as it is reads what a state is, and not where the library of JSON gave up."""
    with pytest.raises(AssertionError, match="a `state` is stored as JSON: Object of type datetime"):
        through_json([{"at": NOW}], None)


def test_each_clock_is_named_with_its_line() -> None:
    """Under whatever name it was imported."""
    assert banned_in(twins.Waits) == ["clocks.py:14 time.sleep", "clocks.py:19 datetime.datetime.now"]
