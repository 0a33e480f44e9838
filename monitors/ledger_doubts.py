"""What ``kuula check`` doubts about the people in the ledger, where there is one by now."""

from collections.abc import Iterator

from models.moments import zone_named
from monitors.errors import BadSettings, RetryLater
from monitors.ledger import people
from monitors.ledger.engine import Tx
from monitors.ledger.glance import glance
from monitors.settings import Settings
from monitors.settings.mistakes import Mistake

_ADDRESS = ("ledger", "url")


def ledger_doubts(settings: Settings) -> list[Mistake]:
    """Find people whose time zone nobody knows, and duties of people who were locked out.

    A ledger that cannot be read is a doubt of its own: nothing can be said of who is in it.
    """
    try:
        with glance(settings.ledger.url.get_secret_value()) as tx:
            return [] if tx is None else [*_zones(tx, settings), *_locked_out(tx, settings)]
    except RetryLater as error:
        return [Mistake(_ADDRESS, f"its people were not looked at: {error}", "Start it, or correct the address.")]
    except BadSettings as error:
        return [Mistake(_ADDRESS, str(error), error.remedy)]


def _zones(tx: Tx, settings: Settings) -> Iterator[Mistake]:
    for person in people.everybody(tx):
        if zone_named(person.timezone) is None:
            message = f"{person.name} has the time zone {person.timezone!r} in the ledger, which is not known here"
            remedy = "Correct it on the page of people; until then the clocks of the rota count for them."
            yield Mistake(("people", person.name) if person.name in settings.people else (), message, remedy)


def _locked_out(tx: Tx, settings: Settings) -> Iterator[Mistake]:
    locked = people.locked_out(tx)
    for place, duty in enumerate(settings.rota.duties):
        for number, name in enumerate(duty.people):
            if name in locked:
                message = f"{name} has this duty and was locked out: the next person is called instead"
                remedy = "Let them in again on the page of people, or give the duty to somebody else."
                yield Mistake(("rota", "duties", place, "people", number), message, remedy)
