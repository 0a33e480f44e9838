"""A look at a ledger that may not be there: nothing is made, changed or brought up to date."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from monitors.errors import BadSettings
from monitors.ledger.engine import Ledger, Tx

PATIENCE_SECONDS = 3
"""How long a server has to answer."""


@contextmanager
def glance(url: str) -> Iterator[Tx | None]:
    """One consistent view of the ledger; None where there is none yet, or one of another version of Kuula.

    Raises ``RetryLater`` when its server does not answer, and ``BadSettings`` when it is something else or cannot be
    opened.
    """
    if not _may_be_there(url):
        yield None
        return
    with closing(Ledger(_impatient(url))) as ledger:
        try:
            if not ledger.is_current():
                yield None
                return
            with ledger.read() as tx:
                yield tx
        except DBAPIError as error:
            remedy = "Correct the address, or put the file away."
            raise BadSettings("this is no ledger of Kuula", key="ledger.url", remedy=remedy) from error


def _may_be_there(url: str) -> bool:
    try:
        parsed = make_url(url)
    except ArgumentError:
        return True  # opening says what is wrong with it
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").is_file()


def _impatient(url: str) -> str:
    try:
        parsed = make_url(url)
    except ArgumentError:
        return url
    if parsed.get_backend_name() != "postgresql" or "connect_timeout" in parsed.query:
        return url
    patient = parsed.update_query_dict({"connect_timeout": str(PATIENCE_SECONDS)})
    return patient.render_as_string(hide_password=False)
