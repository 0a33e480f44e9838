"""One incident: what was said, why it alerted, what people did, and what is still promised."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from dashboards import news, outlooks, passages
from dashboards.case import afterwards, answering, conceding, playbook, reply, told
from dashboards.case.context import Case
from dashboards.office import Office, TheOffice, Visitor
from dashboards.rendering import page
from dashboards.visitors import Looking
from models.virality import story_outlook
from monitors.ledger import corrections, incidents, judging, outbox, people, posts, promises
from monitors.ledger.incidents import Verdict

router = APIRouter()
PARTS = (answering, playbook, reply, told, conceding, afterwards)
MOST_POSTS = 60
MOST_WORDS = 6
MOST_FORECASTS = 1000
"""Of a story, the riskiest posts, whose forecasts are summed up."""

Number = Annotated[int, Path(ge=1, le=2**53)]


@router.get("/incidents/{incident_id}", name="incident")
def incident_page(request: Request, office: TheOffice, visitor: Looking, incident_id: Number) -> Response:
    """The page of one incident."""
    return page(request, "incident.html", values_of(office, visitor, incident_id))


def values_of(office: Office, visitor: Visitor, incident_id: int) -> dict[str, Any]:
    """What the page of one incident shows."""
    with office.ledger.read() as tx:
        row = incidents.require(tx, incident_id)
        story = incidents.story_posts(tx, row.brand, row.story_id, limit=MOST_POSTS)
        counts = posts.snapshots_of(tx, [post.seq for post in story])
        said = corrections.of_posts(tx, [post.seq for post in story])
        together = story_outlook(judging.outlooks_of(tx, row.brand, row.story_id, MOST_FORECASTS))
        everybody = people.everybody(tx)
        logged = {
            "promises": promises.of_incident(tx, incident_id),
            "events": incidents.events(tx, incident_id),
            "letters": outbox.of_incident(tx, incident_id),
        }
        taken_up = news.of_incident(tx, row, story, office.now())
        case = Case(tx, office, visitor, row, story, logged["events"], logged["promises"], office.now())
        parts = {name: value for part in PARTS for name, value in part.values(case).items()}
    keepers = {event.data.get("promise"): event.actor for event in logged["events"] if event.kind == "promise_kept"}
    waiting = [promise for promise in logged["promises"] if promise.status in incidents.WAITING_PROMISES]
    logged["promises"].sort(key=lambda promise: promise not in waiting)
    alerted = next((event.data.get("post") for event in logged["events"] if event.kind == "opened"), None)
    riskiest = max(story, key=lambda post: float(post.risk), default=None)
    # The post that alerted on top, the others on the same grievance behind it, as they came.
    ordered = sorted(story, key=lambda post: post.uid != alerted)
    found = [passages.shown(post, counts[post.seq], said[post.seq]) for post in ordered]
    return {
        **logged,
        **parts,
        "row": row,
        "news": taken_up,
        "reported": news,
        "keepers": keepers,
        "waiting": waiting,
        "typed": None,
        "corrected": None,
        "may_release": row.status == "acknowledged" and row.acknowledged_by == visitor.person.name and not waiting,
        "posts": found,
        "legend": _glossary(found),
        "riskiest": riskiest,
        "outlook": judging.outlook_of(riskiest.forecast if riskiest else {}),
        "outlooks": outlooks,
        "together": together,
        "watched": [
            (snapshot.at, total)
            for snapshot in (counts[riskiest.seq] if riskiest else ())
            if (total := passages.interactions(snapshot)) is not None
        ],
        "names": {person.name: person.display for person in everybody},
        "team": [person for person in everybody if person.role != "viewer"],
        "verdicts": list(Verdict),
        "usual": office.settings.promises.usual_minutes,
    }


def _glossary(found: Sequence[passages.ShownPost]) -> dict[str, list[tuple[str, str | None]]]:
    """Each signal that was found, with the words that say so and their language: words of customers, not translated."""
    said: dict[str, dict[tuple[str, str | None], None]] = {}
    for post in found:
        for reason in post.reasons:
            words = said.setdefault(reason.signal, {})
            words.update(dict.fromkeys((quote, post.row.language) for quote in reason.quotes))
    return {signal: list(words)[:MOST_WORDS] for signal, words in said.items()}
