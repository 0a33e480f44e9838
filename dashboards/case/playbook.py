"""The next steps of the playbook, ticked as they are done, with words for the customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboards.case.context import Case
from dashboards.case.signals import otherwise_of, signals_of
from dashboards.speech import LANGUAGES, mark, speech
from monitors.ledger import incidents, playbooks
from monitors.playbook import BrokenPlay, Play, Shelf, Stage, Step, applying, filled, parse
from monitors.playbook.plays import in_order, said_in

STAGES = {
    Stage.FIRST_CONTACT: mark("First contact"),
    Stage.SOLVING: mark("Solving"),
    Stage.AFTERWARDS: mark("Afterwards"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A text and the language that it is in, which need not be the one that was wished for."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step as an agent reads it; ``words`` are empty where there is nothing to say."""

    id: str
    version: str
    stage: Stage
    case: Said
    text: Said
    words: Said


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was ticked, in the words in which it was."""

    id: str
    text: Said
    person: str
    at: datetime
    changed: bool


@dataclass(frozen=True, slots=True)
class Guide:
    """What is to do and what was done. ``now`` are the other steps of the next one's stage, ``later`` those after."""

    next: ShownStep | None
    now: Sequence[ShownStep]
    later: Sequence[ShownStep]
    done: Sequence[Done]
    wanted: str | None


def values(case: Case) -> Mapping[str, Any]:
    """What the page of an incident shows of it."""
    return {"guide": guide(case), "stages": STAGES}


def guide(case: Case) -> Guide:
    """The steps of all cases of the playbook that apply to this one."""
    shelf = case.office.playbook.shelf()
    ticked = playbooks.ticks(case.tx, case.row.id)
    ids = {row.step for row in ticked}
    found = applying(shelf.plays.values(), signals_of(case), otherwise_of(case))
    reader, places = case.visitor.person.language, _places(case)
    steps = [shown(play, step, reader, case.row.language, places) for play, step in in_order(found)]
    open_ = [step for step in steps if step.id not in ids]
    following = open_[0] if open_ else None
    return Guide(
        next=following,
        now=[step for step in open_[1:] if following and step.stage is following.stage],
        later=[step for step in open_[1:] if following and step.stage is not following.stage],
        done=_done(case, shelf, ticked, places),
        wanted=case.row.language,
    )


def shown(play: Play, step: Step, reader: str, customer: str | None, places: Mapping[str, str]) -> ShownStep:
    """A step in the reader's language, with words in the customer's."""
    language, words = said_in(step.words, customer)
    text_language, text = said_in(step.texts, reader)
    return ShownStep(
        f"{play.name}/{step.key}",
        play.version,
        step.stage,
        Said(*said_in(play.titles, reader)),
        Said(text_language, filled(text, **places)),
        Said(language, filled(words, **places)),
    )


def _places(case: Case) -> dict[str, str]:
    """The agent's name, and until when: the promise that waits, else the usual time, on the customers' clock."""
    brand = case.office.settings.brands.get(case.row.brand)
    waiting = [
        one.due_at for one in case.promises if one.status in incidents.WAITING_PROMISES and one.due_at > case.now
    ]
    due = min(waiting, default=case.now + case.office.settings.promises.usual)
    language = case.row.language if case.row.language in LANGUAGES else "en"
    say = speech(language, brand.timezone if brand else case.visitor.person.timezone, case.now)
    return {"name": case.visitor.person.display, "time": say.clock(due)}


def _done(case: Case, shelf: Shelf, ticked: Sequence[Any], places: Mapping[str, str]) -> list[Done]:
    """What was ticked, each in the text of the version that was on the page."""
    old = {row.version for row in ticked} - {play.version for play in shelf.plays.values()}
    texts = playbooks.texts(case.tx, old) if old else {}
    found = []
    for row in ticked:
        name, _, key = row.step.partition("/")
        play = shelf.plays.get(name)
        changed = play is None or play.version != row.version
        if changed:
            play = _earlier(name, texts[row.version].text) if row.version in texts else None
        step = next((one for one in play.steps if one.key == key), None) if play else None
        language, text = said_in(step.texts, case.visitor.person.language) if step else ("en", key.replace("-", " "))
        found.append(Done(row.step, Said(language, filled(text, **places)), row.person, row.at, changed))
    return found


def _earlier(name: str, text: str) -> Play | None:
    """A text of an earlier time; one that is not understood any more shows its headings only."""
    try:
        return parse(name, text)
    except BrokenPlay:
        return None
