"""A case that somebody has in hand, for tests of what becomes of it."""

from collections.abc import Callable
from dataclasses import replace

from fakes.pipeline import POLICY, Bench

from models.post import Author, Post
from monitors.ledger import incidents, people
from monitors.ledger.people import Person, Role
from monitors.pipeline.roster import Roster

MARI, OURS, OTHER = Author("mari"), Author("77", "acme_care"), Author("jaan")
SAD = "danger acme lost my parcel twice"
TEAM = ("ann", "bob")


def take_in_hand(bench: Bench, post: Callable[..., Post]) -> None:
    """Mari complains, and Ann, of a team of two, takes the case in hand."""
    bench.policy = replace(POLICY, own_accounts=("@Acme_Care",))
    bench.roster = Roster(TEAM, dict.fromkeys(TEAM, ("mail",)))
    with bench.ledger.write() as tx:
        for name in TEAM:
            people.save(tx, Person(name, name.title(), Role.SUPPORT, "en", "UTC", ("mail",)), "test", bench.clock())
    assert bench.judged(post("1", SAD, author=MARI, thread_id="t")) == 1
    with bench.ledger.write() as tx:
        incidents.acknowledge(tx, 1, "ann", bench.clock())
