"""The client of sources: one place for faults, caps, budgets, guards and redaction."""

import inspect
import logging
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from monitors.errors import KuulaError, RetryLater, SkipRecord, StopSource
from monitors.http import Http, RefusedError
from monitors.http.faults import LONGEST_WAIT, NETWORK_ERRORS, network_fault, place, refusal, wait_until
from monitors.source_settings import NetworkSettings
from monitors.testing.budgets import Counter, NoLimit
from monitors.testing.server import Answer, Asked, FakeServer, Fault, as_json

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET = "s3cret/with+signs"


class Settings(NetworkSettings):
    token: SecretStr = SecretStr(SECRET)


class Sleeps:
    """A sleep that only counts."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        """Note it."""
        self.slept.append(seconds)


def client(server: FakeServer, *, sleep: Any = None, budget: Any = None, **settings: Any) -> Http:
    """A client of that server."""
    typed = Settings.model_validate({"base_url": server.url, **settings})
    unlimited = NoLimit()
    return Http(typed, budget=budget or unlimited, now=lambda: NOW, sleep=sleep or Sleeps())


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A server that says hello, redirects where it is told, and answers 404 to the rest."""

    def redirect(asked: Asked, _: object) -> Answer:
        return Answer(b"", 302, {"location": asked.params["to"]})

    with FakeServer() as running:
        running.add("/hello", lambda asked, _: as_json({"hello": dict(asked.params)}))
        running.add("/to", redirect)
        running.add("/circle", lambda _, __: Answer(b"", 302, {"location": "/circle"}))
        yield running


def exceptions_of(module: Any) -> list[type[Exception]]:
    """Every exception class that a library defines in a module, warnings apart."""
    library = module.__name__.partition(".")[0]
    named = (one for _, one in inspect.getmembers(module, inspect.isclass) if one.__module__.startswith(library))
    return [one for one in named if issubclass(one, Exception) and not issubclass(one, Warning)]


def made(kind: type[Exception]) -> Exception:
    """An instance, without the constructor: each has its own."""
    return kind.__new__(kind, "no")


@pytest.mark.parametrize("kind", [*exceptions_of(httpx), *exceptions_of(requests.exceptions)])
def test_every_exception_of_the_libraries_is_ours(kind: type[Exception]) -> None:
    """Whatever httpx or requests can raise is caught by name, and becomes an error with a remedy."""
    assert issubclass(kind, NETWORK_ERRORS)
    error = network_fault(made(kind), "https://x.example/a?token=1")
    assert isinstance(error, (RetryLater, StopSource))
    assert "token" not in str(error)


def test_what_can_never_work_stops() -> None:
    """A malformed address is for a person to mend; a lost connection is not."""
    assert isinstance(network_fault(httpx.UnsupportedProtocol("x"), "ftp://x"), StopSource)
    assert isinstance(network_fault(httpx.ConnectError("x"), "http://x"), RetryLater)


def test_who_does_not_answer_is_told_in_words(server: FakeServer) -> None:
    """A wrong port, a name that is none and a certificate that is refused are told apart, without a class's name."""
    gone = httpx.ConnectError("secret")
    assert str(network_fault(gone, "http://x:1/")).startswith("http://x:1/: nobody answers there; it is down")
    nameless, unproved = httpx.ConnectError("secret"), httpx.ConnectError("secret")
    nameless.__cause__, unproved.__context__ = socket.gaierror(), ssl.SSLCertVerificationError()
    assert str(network_fault(nameless, "http://x/")) == "http://x/: no server of that name is found"
    assert "its certificate" in str(network_fault(unproved, "http://x/"))
    assert str(network_fault(httpx.ReadTimeout("secret"), "http://x/")) == "http://x/: no answer in time"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(RetryLater, match="nobody answers there"):
        client(server, base_url=f"http://127.0.0.1:{port}").get("/")


def test_a_web_page_instead_of_json_is_called_so(server: FakeServer) -> None:
    """An address that leads to the website of a service, not its programming interface, is known by its answer."""
    server.add("/page", lambda *_: Answer(b"\n<!DOCTYPE html><html>"))
    server.add("/cut", lambda *_: Answer(b'[{"id": 1'))
    with pytest.raises(RetryLater, match="/page: the answer is HTML, not JSON"):
        client(server).get("/page").json()
    with pytest.raises(RetryLater, match="/cut: the answer is not JSON"):
        client(server).get("/cut").json()

    class LibraryError(Exception):
        pass

    def library() -> None:
        try:
            client(server).session().get(f"{server.url}/page").json()
        except ValueError:
            raise LibraryError from None

    with pytest.raises(RetryLater, match="the answer is HTML, not JSON"), client(server).translating(LibraryError):
        library()


@pytest.mark.parametrize("status", range(300, 600))
def test_every_refusal_has_a_remedy_or_a_later(status: int) -> None:
    """No status is left without meaning."""
    error = refusal(status, {}, "https://x.example/", NOW)
    later = status in {408, 425, 429} or status >= 500
    assert isinstance(error, RetryLater if later else RefusedError)
    assert later or (error.remedy and error.status == status)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "90"}, 90),
        ({"retry-after": "Mon, 02 Mar 2026 12:05:00 GMT"}, 300),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 60)}, 60),
        ({"x-ratelimit-reset": "2026-03-02T12:01:00.000Z"}, 60),
        ({"ratelimit-reset": "30"}, 30),
        ({"x-rate-limit-reset": "1600000000"}, None),
        ({"retry-after": "0"}, None),
        ({"retry-after": "soon", "x-rate-limit-reset": "nan"}, None),
        ({"retry-after": "99999999999999999999"}, LONGEST_WAIT.total_seconds()),
        ({"retry-after": "\u00b2"}, None),
        ({"x-rate-limit-reset": "1e300"}, LONGEST_WAIT.total_seconds()),
        # The server's clock is an hour ahead of ours: its reset time is, too.
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 3660), "date": "Mon, 02 Mar 2026 13:00:00 GMT"}, 60),
    ],
)
def test_the_wait_is_what_the_server_means(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, dates, Unix times and ISO times are all read; the past and nonsense are no time at all."""
    assert wait_until(headers, NOW) == (None if seconds is None else NOW + timedelta(seconds=seconds))


@given(st.sampled_from(["retry-after", "x-rate-limit-reset", "date"]), st.text(max_size=30))
def test_no_header_breaks_the_wait(name: str, text: str) -> None:
    """Headers are a stranger's text: whatever is in them, the wait is none or lies ahead and is bounded."""
    after = wait_until({name: text}, NOW)
    assert after is None or NOW < after <= NOW + LONGEST_WAIT


@given(st.text(max_size=60))
def test_no_address_breaks_its_showing(text: str) -> None:
    """Any text can be where an address should be; what is shown never has a query."""
    assert "?" not in place(text)


def test_a_secret_in_an_address_is_not_shown(server: FakeServer) -> None:
    """A token in the path or the query is in no message, in no form."""
    http = client(server)
    with pytest.raises(StopSource) as caught:
        http.get(f"/bot{SECRET}/x", params={"key": SECRET})
    assert "bot***/x answered 404" in str(caught.value)
    assert http.redact("a s3cret%2Fwith%2Bsigns b") == "a *** b"


def test_libraries_do_not_log_addresses(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    """httpx writes each whole address at INFO; here it does not."""
    with caplog.at_level(logging.DEBUG):
        client(server).get("/hello", params={"key": SECRET})
    assert not [record for record in caplog.records if record.name.startswith("http")]


def test_quick_faults_are_tried_again_a_little(server: FakeServer) -> None:
    """A connection that breaks once costs a moment; one that keeps breaking is left to the scheduler."""
    sleep = Sleeps()
    http = client(server, sleep=sleep)
    server.fail(Fault.CUT_CONNECTION, times=1)
    assert http.get("/hello").json() == {"hello": {}}
    server.fail(Fault.CUT_CONNECTION)
    with pytest.raises(RetryLater, match="RemoteProtocolError"):
        http.get("/hello")
    assert (len(server.asked), http.calls, len(sleep.slept)) == (5, 5, 3)
    assert max(sleep.slept) <= 2


def test_a_refusal_is_not_tried_again(server: FakeServer) -> None:
    """503 is not a network fault: one call, and the scheduler decides."""
    server.fail(Fault.UNAVAILABLE)
    with pytest.raises(RetryLater):
        client(server).get("/hello")
    assert len(server.asked) == 1


def test_an_endless_body_is_cut(server: FakeServer) -> None:
    """Reading stops at the cap, whatever the length was said to be."""
    server.fail(Fault.HUGE)
    with pytest.raises(RetryLater, match="more than 1000 bytes"):
        client(server, max_bytes=1000).get("/hello")


def test_content_cannot_lead_inside(server: FakeServer) -> None:
    """An address from content on loopback is skipped without a call, by name, by number and in disguise."""
    http = client(server)
    port = server.url.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"):
        with pytest.raises(SkipRecord) as caught:
            http.get(f"http://{host}:{port}/hello", from_content=True)
        assert caught.value.reason == "private_address"
    assert server.asked == []


def test_redirects_cannot_lead_inside(server: FakeServer) -> None:
    """A server that was configured may not send us to another one in a private network."""
    with FakeServer() as inside:
        inside.add("/hello", lambda _, __: as_json("secret"))
        with pytest.raises(StopSource, match="private network"):
            client(server).get("/to", params={"to": f"{inside.url}/hello"})
        assert inside.asked == []
        allowed = client(server, allow_private=True).get("/to", params={"to": f"{inside.url}/hello"})
        assert allowed.json() == "secret"


def test_redirects_end(server: FakeServer) -> None:
    """A circle of redirects stops the source, which a person must mend."""
    with pytest.raises(StopSource, match="TooManyRedirects"):
        client(server).get("/circle")


def test_the_budget_refuses_before_the_call(server: FakeServer) -> None:
    """No budget, no request; retries ask too."""
    with pytest.raises(RetryLater):
        client(server, budget=Counter(0)).get("/hello")
    assert server.asked == []
    server.fail(Fault.CUT_CONNECTION)
    with pytest.raises(RetryLater, match="budget"):
        client(server, budget=Counter(2)).get("/hello")
    assert len(server.asked) == 2


def test_what_is_posted_is_sent_once(server: FakeServer) -> None:
    """JSON goes to a path below the address, with the headers given; a fault that may pass is not tried again."""
    server.add(
        "/base/posts", lambda asked, _: as_json({"said": asked.fields, "by": asked.headers.get("authorization")})
    )
    budget = Counter(9)
    http = client(server, budget=budget, base_url=f"{server.url}/base")
    answer = http.post("/posts", {"text": "Õ b"}, headers={"authorization": "Bearer me"}, cost=0.5)
    assert answer.json() == {"said": {"text": "Õ b"}, "by": "Bearer me"}
    assert (budget.asked, budget.cost, server.asked[0].method) == (1, 0.5, "POST")
    server.fail(Fault.CUT_CONNECTION)
    with pytest.raises(RetryLater) as caught:
        http.post("/posts", {})
    assert caught.value.perhaps_done
    assert len(server.asked) == 2


def test_what_is_posted_in_vain_is_refused(server: FakeServer) -> None:
    """A refusal is an error with its status; an answer that is no JSON may be that of something that was done."""
    http = client(server)
    server.fail(Fault.FORBIDDEN_JSON)
    with pytest.raises(RefusedError, match="/posts answered 403"):
        http.post("posts", {})
    server.fail(Fault.HTML)
    with pytest.raises(RetryLater, match="not JSON") as caught:
        http.post("posts", {}).json()
    assert caught.value.perhaps_done


def test_a_session_speaks_to_its_server_only(server: FakeServer) -> None:
    """Whatever host a library was built with, its requests go to the configured one, and through the budget."""
    http = client(server)
    answer = http.session().get("https://api.elsewhere.example/hello", params={"a": "õ b"})
    assert answer.json() == {"hello": {"a": "õ b"}}
    assert http.calls == 1
    assert len(server.asked) == 1


@pytest.mark.parametrize("asked", ["{base}/hello", "https://api.elsewhere.example/hello"])
def test_a_session_has_the_path_of_its_server_once(server: FakeServer, asked: str) -> None:
    """Below a server that has a path of its own, an address with or without that path leads to the same place."""
    server.add("/api/v1/hello", lambda _, __: as_json("here"))
    http = client(server, base_url=f"{server.url}/api/v1")
    assert http.session().get(asked.format(base=http.base_url)).json() == "here"


def test_a_session_follows_no_redirect(server: FakeServer) -> None:
    """A library's credentials go nowhere else: a redirect is an error that says what to write."""
    with pytest.raises(StopSource) as caught, client(server).translating(ValueError):
        client(server).session().get("https://x.example/to", params={"to": "https://elsewhere.example/"})
    assert "settings" in caught.value.remedy


def test_ours_comes_out_of_wrappings(server: FakeServer) -> None:
    """A library that wraps every error in its own loses neither the kind nor the time of ours."""
    ours = RetryLater("later", after=NOW)

    class LibraryError(Exception):
        pass

    def library() -> None:
        try:
            raise ours
        except KuulaError as error:
            raise LibraryError("Could not complete") from error

    with pytest.raises(RetryLater) as caught, client(server).translating(LibraryError):
        library()
    assert caught.value is ours
    with pytest.raises(RetryLater, match="LibraryError"), client(server).translating(LibraryError):
        raise LibraryError(SECRET)


def test_certificates_are_checked(server: FakeServer) -> None:
    """The client's context demands a certificate and a matching name."""
    context = httpx.create_ssl_context(trust_env=False)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
