"""The playbook: ticking its steps on an incident, and reading all of it, with what it was before and what is wrong."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request, Response
from pydantic import Field

from dashboards.actions import Acting, Back
from dashboards.case.playbook import STAGES, Said, ShownStep, shown
from dashboards.incident import Number
from dashboards.office import TheOffice
from dashboards.rendering import page, speech_of
from dashboards.speech import LANGUAGES, speech
from dashboards.visitors import Looking
from monitors.ledger import playbooks
from monitors.ledger.engine import Tx
from monitors.ledger.playbooks import Tick
from monitors.ledger.refusals import NotPossible
from monitors.playbook import Play, Shelf
from monitors.playbook.library import THEIRS
from monitors.playbook.plays import OTHERWISE, in_order, said_in

router = APIRouter()
MOST_LINES = 400
Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class StepForm(Back):
    """A step that was done, or was not after all."""

    step: str = Field(max_length=120, pattern=r"^[a-z0-9_-]{1,40}/[\w-]{1,79}$")


class TickForm(StepForm):
    """The same with the version of the text that was on the page."""

    version: str = Field(max_length=64, pattern=r"^[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class Edition:
    """An earlier or the present text of a file, with the lines by which it differs from the one before."""

    at: datetime
    theirs: bool
    version: str
    lines: Sequence[tuple[str, str]]


@router.post("/incidents/{incident_id}/tick", name="tick")
def tick(act: Acting, incident_id: Number, form: Annotated[TickForm, Form()]) -> Response:
    """A step is done."""
    said = _said(act.office.playbook.shelf(), form.step, act.say.code)

    def done(tx: Tx) -> None:
        playbooks.tick(tx, Tick(incident_id, form.step, form.version, act.who, said), act.now)

    return act.do(form.back, incident_id, done, act.say.text("Done. It stays on the card."))


@router.post("/incidents/{incident_id}/untick", name="untick")
def untick(act: Acting, incident_id: Number, form: Annotated[StepForm, Form()]) -> Response:
    """It was not done after all."""
    done = act.say.text("The step is open again.")
    return act.do(
        form.back, incident_id, lambda tx: playbooks.untick(tx, incident_id, form.step, act.who, act.now), done
    )


def _said(shelf: Shelf, step_id: str, language: str) -> str:
    """A step as its reader saw it, for the log."""
    name, _, key = step_id.partition("/")
    play = shelf.plays.get(name)
    step = next((one for one in play.steps if one.key == key), None) if play else None
    return said_in(step.texts, language)[1] if step else key.replace("-", " ")


@router.get("/playbook", name="playbook")
def playbook_page(request: Request, office: TheOffice, _visitor: Looking) -> Response:
    """All cases, the gravest first, and what is wrong in the team's files."""
    shelf = office.playbook.shelf()
    code = speech_of(request).code
    listed = sorted(shelf.plays.values(), key=lambda play: (play.priority, play.name))
    cases = [(play, Said(*said_in(play.titles, code))) for play in listed]
    values = {"cases": cases, "shelf": shelf, "folder": office.settings.playbook.folder, "otherwise": OTHERWISE}
    return page(request, "playbook.html", values)


@router.get("/playbook/{name}", name="play")
def play_page(request: Request, office: TheOffice, visitor: Looking, name: Name, language: str = "") -> Response:
    """One case as agents see it in each language, and what it was before."""
    shelf = office.playbook.shelf()
    play = shelf.plays.get(name)
    if play is None:
        raise NotPossible(f"there is no play {name[:40]}")
    reader = language if language in LANGUAGES else speech_of(request).code
    with office.ledger.read() as tx:
        rows = playbooks.versions(tx, name)
    soon = office.now() + office.settings.promises.usual
    places = {
        code: {"name": visitor.person.display, "time": speech(code, visitor.person.timezone).clock(soon)}
        for code in LANGUAGES
    }
    values = {
        "play": play,
        "title": Said(*said_in(play.titles, reader)),
        "steps": list(_previews(play, reader, places)),
        "stages": STAGES,
        "reader": reader,
        "theirs": name in shelf.theirs,
        "problems": shelf.of(name),
        "gaps": play.gaps(),
        "editions": editions(rows),
        "otherwise": OTHERWISE,
    }
    return page(request, "play.html", values)


def _previews(
    play: Play, reader: str, places: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[ShownStep, list[Said]]]:
    """Each step with its words in all languages that it has."""
    for _, step in in_order([play]):
        said = [shown(play, step, reader, code, places[code]).words for code in LANGUAGES if code in step.words]
        yield shown(play, step, reader, reader, places[reader]), said


def editions(rows: Sequence[Any]) -> list[Edition]:
    """The texts of a file, the latest first, each with what changed since the one before."""
    found = []
    for row, before in zip(rows, [*rows[1:], None], strict=True):
        lines = list(changed(before.text, row.text)) if before else []
        found.append(Edition(row.at, row.by == THEIRS, row.version, lines))
    return found


def changed(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The lines that were taken out (``-``), came in (``+``) or stand around them, at most so many."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    for number, line in enumerate(lines):
        if number >= MOST_LINES:
            return
        if number > 1 and not line.startswith("@@"):
            yield line[:1], line[1:]
