"""``kuula explain``: the whole chain of reasons for one post."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from models.scores import Scores
from monitors.bootstrap import House
from monitors.cli.frame import Frame, console
from monitors.cli.model_names import told
from monitors.errors import BadSettings
from monitors.ledger import documents, incidents, judging, model_choices, outbox, posts, setbacks
from monitors.ledger.engine import Tx

app = typer.Typer()


@app.command()
def explain(
    ctx: typer.Context,
    post: Annotated[str, typer.Argument(help="The post's id in Kuula: source:id, as pages and probes show it.")],
) -> None:
    """Say why a post was alerted, held or dropped: what was read, scored, decided and sent.

    Example: kuula explain drill:refund-3
    """
    frame: Frame = ctx.obj
    house = House(frame.settings())
    try:
        with house.ledger.read() as tx:
            lines = _lines(tx, post)
            meant = [] if lines else [uid for uid in _whole(post, house.settings.sources) if posts.get(tx, uid)]
    finally:
        house.close()
    if not lines:
        raise BadSettings(f"there is no post {post!r}", remedy=_remedy(post, meant, house.settings.sources))
    out = console()
    for line in lines:
        # Strangers wrote what is shown here: it may not steer the terminal.
        out.print(frame.redactor.clean(line), markup=False)


def _whole(post: str, sources: Iterable[str]) -> list[str]:
    """The ids that a post would have in Kuula, where only its id at the source was given."""
    return [f"{source}:{post}" for source in sources]


def _remedy(post: str, meant: Sequence[str], sources: Iterable[str]) -> str:
    if meant:
        return f"Did you mean {' or '.join(f'`{uid}`' for uid in meant)}?"
    source, colon, _ = post.partition(":")
    if not colon or source not in sources:
        return f"Give its whole id, SOURCE:ID; the sources are: {', '.join(sources) or 'none'}. {_KEPT}"
    return f"{_KEPT} What the source brings is shown by: kuula sources probe {source}"


_KEPT = "Posts that name no watched brand are not kept, and none is for longer than `[retention] posts_days`."


def _lines(tx: Tx, uid: str) -> list[str]:
    found = posts.get(tx, uid)
    if found is None:
        return []
    lines = [
        f"{uid} by {found.author.handle or found.author.native_id} at {_time(found.created_at)}",
        f"  {' '.join(found.text.split())[:300]}" if found.text else "  (deleted at its source)",
    ]
    known = documents.read(tx, [uid])
    lines += _scored(known[0].scores, found.text) if known else [] if not found.text else ["scored: not yet"]
    lines += [f"in use now for {told(choice)}" for choice in model_choices.standing(tx).values()]
    lines += [f"could not {row.step} it at {_time(row.at)}: {row.error}" for row in setbacks.of_post(tx, uid)]
    if known and known[0].post.engagement:
        counts = ", ".join(f"{metric} {count}" for metric, count in known[0].post.engagement.items())
        lines.append(f"engagement: {counts}")
    for row in judging.decisions_on(tx, uid):
        lines += _decided(row)
        if row.incident_id is not None:
            lines += _incident(tx, row.incident_id)
    return lines


def _scored(scores: Scores, text: str) -> list[str]:
    if scores.missing:
        return ["scored: no model could read it; `kuula rescore --failed` tries again"]
    tones = ", ".join(f"{name} {share:.2f}" for name, share in scores.sentiment_probabilities.items())
    lines = [
        f"language: {scores.language.code or 'undecided'} ({scores.language.confidence:.2f})",
        f"sentiment: {scores.sentiment} ({tones})",
        f"complaint: {'yes' if scores.complaint else 'no'} ({scores.complaint_probability:.2f})",
        f"severity: {scores.severity} of 4",
    ]
    lines += [f"signal: {one.signal} – “{text[one.start : one.end]}”" for one in scores.signals]
    return [*lines, f"models: {scores.model}"]


def _decided(row: Any) -> list[str]:
    outlook = judging.outlook_of(row.forecast)
    told = "no forecast yet"
    if outlook.median is not None and outlook.low is not None and outlook.high is not None:
        told = f"forecast {outlook.median:.0f} reactions in a day ({outlook.low:.0f} to {outlook.high:.0f}), "
        told += f"{outlook.method}, {'calibrated' if outlook.calibrated else 'not calibrated'}"
    figures = ", ".join(f"{name} {value}" for name, value in row.figures.items() if value != "")
    return [
        f"decision for {row.brand}: {row.action}, because {row.reason} (as of {_time(row.at)})",
        f"  risk {row.risk:.1f} of 100; {told}",
        f"  {figures}",
        f"  story {row.story_id}",
    ]


def _incident(tx: Tx, incident_id: int) -> list[str]:
    lines = [f"incident {incident_id}:"]
    for event in incidents.events(tx, incident_id):
        said = ", ".join(f"{name} {value}" for name, value in event.data.items())
        lines.append(f"  {_time(event.at)} {event.kind} by {event.actor} {said}".rstrip())
    for row in outbox.of_incident(tx, incident_id):
        state = f"confirmed {_time(row.confirmed_at)}" if row.confirmed_at else f"{row.state} {row.last_error or ''}"
        lines.append(f"  {_time(row.queued_at)} {row.kind} to {row.person} by {row.channel}: {state}".rstrip())
    return lines


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
