"""Which files are in use: the team's in the place of ours, the last good one in the place of a broken one."""

import os
import re
import tracemalloc
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.odd_files import ODD

from monitors.ledger import audit, incidents, playbooks
from monitors.ledger.engine import Ledger
from monitors.ledger.playbooks import Tick
from monitors.ledger.refusals import NotPossible
from monitors.playbook import Library
from monitors.playbook.library import copy_defaults, defaults, read_folder

Clock = Any
MINE = """\
---
when: [refund_demand]
title: Ours is better
---

## First contact

### Pay

- en: %s
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The team's folder, with nothing in it."""
    place = tmp_path / "playbook"
    place.mkdir()
    return place


@pytest.fixture
def write(folder: Path) -> Callable[[str, str], None]:
    """Save a file as an editor does, so that the change can be seen even within one tick of the disk's clock."""
    times = iter(range(1, 100))

    def save(name: str, text: str) -> None:
        path = folder / f"{name}.md"
        path.write_text(text, "utf-8")
        os.utime(path, (next(times), next(times)))

    return save


Write = Callable[[str, str], None]


def test_a_file_of_the_team_replaces_ours(ledger: Ledger, clock: Clock, folder: Path, write: Write) -> None:
    """Only the file of that name is replaced, and an edit counts without a restart."""
    library = Library(ledger, folder, clock)
    assert library.shelf().plays == defaults()
    clock.forward(minutes=1)
    write("refund-demanded", MINE % "Pay.")
    shelf = library.shelf()
    assert shelf.plays["refund-demanded"].steps[0].texts == {"en": "Pay."}
    assert shelf.theirs == {"refund-demanded"}
    assert shelf.plays["danger"] == defaults()["danger"]
    clock.forward(minutes=1)
    write("refund-demanded", MINE % "Pay at once.")
    assert library.shelf().plays["refund-demanded"].steps[0].texts == {"en": "Pay at once."}
    with ledger.read() as tx:
        assert [row.by for row in playbooks.versions(tx, "refund-demanded")] == ["team", "team", "kuula"]


def test_the_last_good_version_stays_in_use(ledger: Ledger, clock: Clock, folder: Path, write: Write) -> None:
    """A broken file leaves people with the words of before, also after a restart; ours are not brought back."""
    library = Library(ledger, folder, clock)
    write("refund-demanded", MINE % "Pay.")
    library.shelf()
    clock.forward(minutes=1)
    write("refund-demanded", MINE.replace("refund_demand", "refund"))
    for one in (library, Library(ledger, folder, clock)):
        shelf = one.shelf()
        assert shelf.plays["refund-demanded"].steps[0].texts == {"en": "Pay."}
        assert [problem.line for problem in shelf.of("refund-demanded")] == [2]
    (folder / "refund-demanded.md").unlink()
    clock.forward(minutes=1)
    assert library.shelf().plays == defaults()


def test_a_text_that_comes_back_is_the_one_in_use(ledger: Ledger, clock: Clock, folder: Path, write: Write) -> None:
    """Of two texts the one that was in use last stands in for a broken file, whichever was written first."""
    library = Library(ledger, folder, clock)
    for said in ("One.", "Two.", "One."):
        write("refund-demanded", MINE % said)
        clock.forward(minutes=1)
        library.shelf()
    write("refund-demanded", "broken")
    assert library.shelf().plays["refund-demanded"].steps[0].texts == {"en": "One."}
    with ledger.read() as tx:
        assert len(playbooks.versions(tx, "refund-demanded")) == 2


def test_a_folder_that_is_not_there_is_told_of(ledger: Ledger, clock: Clock, tmp_path: Path) -> None:
    """People have our playbook, and the page says what is wrong."""
    shelf = Library(ledger, tmp_path / "nowhere", clock).shelf()
    assert shelf.plays == defaults()
    assert "cannot be read" in shelf.problems[0].message


def test_files_that_are_no_text_are_told_of(folder: Path) -> None:
    """A file of another encoding, a folder and a broken link are problems of their own and stop no other file."""
    (folder / "bytes.md").write_bytes(b"\xff\xfe\x00")
    (folder / "folder.md").mkdir()
    (folder / "link.md").symlink_to(folder / "nothing")
    (folder / "README.md").write_text("Not one of them.")
    (folder / "good.md").write_text(MINE % "Pay.")
    found, problems = read_folder(folder)
    assert list(found) == ["good"]
    assert [problem.file for problem in problems] == ["bytes.md", "folder.md", "link.md"]


def test_ours_are_copied_once(folder: Path) -> None:
    """Files that are there already stay as people edited them."""
    (folder / "danger.md").write_text("mine")
    assert len(copy_defaults(folder)) == len(defaults()) - 1
    assert (folder / "danger.md").read_text() == "mine"
    (folder / "danger.md").unlink()
    assert copy_defaults(folder) == ["danger.md"]
    assert read_folder(folder) == (defaults(), [])


@pytest.mark.timeout(20)
@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_file_is_told_of_and_stops_nothing(
    ledger: Ledger, clock: Clock, folder: Path, write: Write, odd: str
) -> None:
    """A pipe, a device, a broken link, a folder or a huge file: a problem by its name, and the others count at once."""
    make, said = ODD[odd]
    make(folder / "a-strange-one.md")
    write("refund-demanded", MINE % "Pay.")
    library = Library(ledger, folder, clock)
    tracemalloc.start()
    shelf = library.shelf()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000
    [problem] = shelf.of("a-strange-one")
    assert re.search(said, problem.message)
    assert shelf.plays["refund-demanded"].steps[0].texts == {"en": "Pay."}
    write("refund-demanded", MINE % "Pay at once.")
    assert library.shelf().plays["refund-demanded"].steps[0].texts == {"en": "Pay at once."}


def test_a_name_that_is_no_text_can_be_shown(folder: Path) -> None:
    """Names are bytes: one that is no UTF-8 is told of as text; an editor's lock is passed by."""
    (folder / os.fsdecode(b"raha\xff.md")).write_text(MINE % "Pay.")
    (folder / ".#refund-demanded.md").symlink_to("mari@desk.1234")
    found, problems = read_folder(folder)
    assert found == {}
    assert {problem.file for problem in problems} == {"raha\ufffd.md"}
    assert "".join(map(str, problems)).encode()


def _incident(ledger: Ledger, now: datetime) -> int:
    new = incidents.NewIncident("Omniva", "file:1", "threat", 50.0, 2, "et", "Raha tagasi", now, None, {})
    with ledger.write() as tx:
        return incidents.open_incident(tx, new, now)


def test_a_tick_stays_with_its_version(ledger: Ledger, clock: Clock) -> None:
    """Of two people the first has ticked it, once in both logs; undone and done again it is the second's."""
    play = Library(ledger, None, clock).shelf().plays["danger"]
    number, step = _incident(ledger, clock()), f"danger/{play.steps[0].key}"
    for person in ("ann", "ben"):
        with ledger.write() as tx:
            playbooks.tick(tx, Tick(number, step, play.version, person, "Stop."), clock())
    with ledger.read() as tx:
        (row,) = playbooks.ticks(tx, number)
        assert (row.step, row.version, row.person) == (step, play.version, "ann")
        assert [event.kind for event in incidents.events(tx, number)] == ["opened", "step_done"]
        assert audit.newest(tx, 1)[0].detail == {"what": "Stop.", "step": step}
    for _ in range(2):
        with ledger.write() as tx:
            playbooks.untick(tx, number, step, "ben", clock())
    with ledger.write() as tx:
        playbooks.tick(tx, Tick(number, step, play.version, "ben", "Stop."), clock())
    with ledger.read() as tx:
        assert playbooks.ticks(tx, number)[0].person == "ben"
        kinds = [event.kind for event in incidents.events(tx, number)]
        assert kinds == ["opened", "step_done", "step_undone", "step_done"]


def test_a_tick_of_a_text_that_never_was_is_refused(ledger: Ledger, clock: Clock) -> None:
    """What is ticked can always be read again."""
    number = _incident(ledger, clock())
    with pytest.raises(NotPossible, match="no such version"), ledger.write() as tx:
        playbooks.tick(tx, Tick(number, "danger/stop", "0" * 64, "ann", "Stop."), clock())
