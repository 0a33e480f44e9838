"""Real servers for all tests: each is started when the first test asks for it and ends with the run.

Under pytest-xdist each worker has servers of its own. A server that cannot be had is a failure under CI, and otherwise
a skip that the end of the run repeats, so that nobody takes it for a pass.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings
from servers.chromium import chromium
from servers.elasticsearch import Node, cluster, elasticsearch
from servers.ledgers import postgres_database
from servers.postgres import postgres
from servers.process import MissingServerError
from servers.redis import redis

MISSING = "No real server: "

# A slow moment of the machine is no falsified property. CI repeats the same examples, so that a change is judged by
# itself; everybody else draws new ones.
settings.register_profile("house", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "house")


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """A command that a test ran set the logs up for its own screen; the next test has another."""
    yield
    structlog.reset_defaults()
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if type(handler) is not logging.StreamHandler]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL for SQLAlchemy: KUULA_TEST_POSTGRES_URL, or one of our own."""
    yield from _serve("KUULA_TEST_POSTGRES_URL", postgres)


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a ledger that does not exist yet, once on each database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kuula.db'}"
        return
    with postgres_database(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis: KUULA_TEST_REDIS_URL, or one of our own."""
    yield from _serve("KUULA_TEST_REDIS_URL", redis)


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    """An Elasticsearch: ELASTICSEARCH_URL, or one of our own."""
    yield from _serve("ELASTICSEARCH_URL", elasticsearch)


@pytest.fixture
def elasticsearch_nodes() -> Iterator[Sequence[Node]]:
    """Three nodes of one cluster, for tests that kill one; always of our own."""
    yield from _serve("", partial(cluster, 3))


@pytest.fixture(scope="session")
def chromium_path() -> Iterator[str]:
    """A real browser's program: KUULA_TEST_CHROMIUM, or the one of this machine."""
    yield from _serve("KUULA_TEST_CHROMIUM", chromium)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the very end what was not tested for want of a server."""
    reasons = {
        str(report.longrepr[2])
        for report in terminalreporter.stats.get("skipped", ())
        if isinstance(report.longrepr, tuple)
    }
    for reason in sorted(each for each in reasons if MISSING in each):
        terminalreporter.write_line(f"NOT TESTED. {reason.removeprefix('Skipped: ')}", red=True, bold=True)


def _serve(variable: str, server: Callable[[], AbstractContextManager[Any]]) -> Iterator[Any]:
    given = os.environ.get(variable)
    with ExitStack() as stack:
        try:
            url = given or stack.enter_context(server())
        except MissingServerError as error:
            message = f"{MISSING}{error}" + (f" (or set {variable})" if variable else "")
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
        yield url
