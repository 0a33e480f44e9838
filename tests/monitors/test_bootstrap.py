"""The house put together from settings: who there is, and who is not let in again."""

from pathlib import Path

import pytest

from monitors.bootstrap import House
from monitors.ledger import audit, people
from monitors.settings import Settings, validate


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two people and an embedded ledger."""
    values = {
        "ledger": {"url": f"sqlite:///{tmp_path}/l.db"},
        "index": {"url": f"sqlite:///{tmp_path}/i.db"},
        "channels": {"log": {"kind": "log"}},
        "people": {"ann": {"role": "support", "channels": ["log"]}, "bob": {"role": "admin", "channels": ["log"]}},
    }
    return validate(values, {})


def test_somebody_locked_out_stays_out(settings: Settings) -> None:
    """The next process that opens the house finds the name in the settings and lets nobody in for it."""
    house = House(settings)
    with house.ledger.write() as tx:
        people.deactivate(tx, "ann", "bob", house.now())
    house.close()
    again = House(settings)
    with again.ledger.read() as tx:
        assert [person.name for person in people.everybody(tx)] == ["bob"]
    again.close()


def test_opening_again_writes_nothing(settings: Settings) -> None:
    """Every task opens the house: where nothing changed, nothing is written and no line is added to the audit log."""
    written = []
    for _ in range(2):
        house = House(settings)
        with house.ledger.read() as tx:
            written.append(len(audit.newest(tx)))
        house.close()
    assert written == [2, 2]


def test_an_index_that_is_down_does_not_keep_the_house_shut(settings: Settings) -> None:
    """The pages and the tasks start without it."""
    ledger = {"url": settings.ledger.url.get_secret_value()}
    house = House(validate({"index": {"url": "http://127.0.0.1:9"}, "ledger": ledger}, {}))
    assert house.index is not None
    house.close()
