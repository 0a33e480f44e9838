"""A backtest on a terminal, and as JSON Lines: here, and only here, posts are named by their words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from models.backtest import Alert, Answer, BlowUp, By, Fate, Outcome, a_day, only_in
from monitors.backtest.report import Report, document
from monitors.cli.frame import one_line
from monitors.ledger import replaying
from monitors.probe import json_line

_WORDS = 70
_RULES = {
    By.GIVEN: "those that were named",
    By.SIZE: "stories that reached {size:,} interactions within a day",
    By.COMPLAINTS: "stories that had {complaints:,} complaints within a day",
    By.ARTICLE: "stories that an article told",
}


def tables(report: Report) -> Iterator[Any]:
    """The report as tables and sentences for rich, the most important last."""
    said = _Said(report)
    yield _alerts(f"Alerts of the {_tried(report)}", report.tried.alerts, said)
    if report.draft is not None:
        new, gone = (
            only_in(report.draft.alerts, report.present.alerts),
            only_in(report.present.alerts, report.draft.alerts),
        )
        if new:
            yield _alerts("Alerts that only the draft would have sent", new, said)
        if gone:
            yield _alerts("Alerts that only the present policy would have sent", gone, said)
    if report.blow_ups:
        yield _blow_ups(report, said)
    if report.curve:
        yield _levels(report)
    yield _summary(report)
    yield from _notes(report)


def json_lines(report: Report) -> Iterator[str]:
    """The report as JSON: a line for each alert, each blow-up and each level, then one with all the counts."""
    said, whole = _Said(report), document(report)
    outcomes = {"present": report.present, **({"draft": report.draft} if report.draft else {})}
    for policy, outcome in outcomes.items():
        for alert in outcome.alerts:
            yield json_line({"kind": "alert", "policy": policy, **_alert(alert), "text": said.text(alert.post)})
    for number, blow_up in enumerate(report.blow_ups):
        answers = {policy: _answer(outcome.answers[number]) for policy, outcome in outcomes.items()}
        about = {"brand": blow_up.brand, "post": blow_up.post, "at": blow_up.at.isoformat(), "by": blow_up.by}
        yield json_line({"kind": "blow_up", **about, "name": blow_up.name, "text": said.text(blow_up.post), **answers})
    for level in whole.pop("curve"):
        yield json_line({"kind": "level", **{name: one for name, one in level.items() if not isinstance(one, list)}})
    counts = {
        policy: {name: one for name, one in whole[policy].items() if not isinstance(one, list)} for policy in outcomes
    }
    differing = {name: whole[name]["count"] for name in ("only_draft", "only_present")}
    yield json_line({"kind": "backtest", **whole, "blow_ups": len(report.blow_ups), **counts, **differing})


class _Said:
    """The words of the posts that a report names, read from the tape."""

    def __init__(self, report: Report) -> None:
        outcomes = [report.present, *([report.draft] if report.draft else [])]
        named = {alert.post for outcome in outcomes for alert in outcome.alerts}
        with report.tape.house.ledger.read() as tx:
            self._words = replaying.words_of(tx, named | {one.post for one in report.blow_ups})

    def text(self, uid: str) -> str:
        return self._words[uid].text if uid in self._words else ""

    def short(self, uid: str) -> str:
        """What a stranger wrote, on one line."""
        text = one_line(self.text(uid))
        return text if len(text) <= _WORDS else text[: _WORDS - 1] + "…"


def _table(title: str, *columns: str, numbers: Sequence[str] = ()) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left")
    return table


def _row(table: Any, *cells: str) -> None:
    from rich.text import Text

    # Brackets that a stranger wrote are no markup; ids and names of lists may hold what steers a terminal as well.
    table.add_row(*(Text(one_line(cell)) for cell in cells))


def _alerts(title: str, alerts: Sequence[Alert], said: _Said) -> Any:
    table = _table(title, "time (UTC)", "brand", "reason", "risk", "", "post", numbers=["risk"])
    for one in alerts:
        kind = "digest" if one.held else "again" if one.again else ""
        _row(table, f"{one.at:%Y-%m-%d %H:%M}", one.brand, one.reason, f"{one.risk:.1f}", kind, said.short(one.post))
    return table


def _blow_ups(report: Report, said: _Said) -> Any:
    policies = ["present", *(["draft"] if report.draft else [])]
    table = _table("Blow-ups", "time (UTC)", "brand", "by", *policies, "post")
    for number, one in enumerate(report.blow_ups):
        outcomes = [report.present, *([report.draft] if report.draft else [])]
        fates = [fate_of(outcome.answers[number]) for outcome in outcomes]
        named = one.name or said.short(one.post) or one.post
        _row(table, f"{one.at:%Y-%m-%d %H:%M}", one.brand, _by(one), *fates, named)
    return table


def _by(one: BlowUp) -> str:
    return f"{one.by} {one.size:,}" if one.size else str(one.by)


def fate_of(answer: Answer) -> str:
    """What became of a blow-up, in a few words."""
    if answer.fate is Fate.CAUGHT and answer.lead is not None:
        return f"caught {_length(answer.lead)} before"
    if answer.fate is Fate.LATE and answer.lead is not None:
        return f"late by {_length(-answer.lead)}"
    stand = answer.stand
    why = f"{stand.action}: {stand.reason}, risk {stand.risk:.0f}" if stand else "not judged"
    return f"{'in the digest' if answer.fate is Fate.DIGEST else 'missed'} ({why})"


def _length(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"


def _levels(report: Report) -> Any:
    names = ["alert_at", "alerts a day", "digest", "caught", "late", "missed"]
    table = _table("Levels of alert_at, with the rest of the " + _tried(report), *names, numbers=names)
    for level in report.curve:
        fates = [answer.fate for answer in level.answers]
        a_day_of = f"{a_day(level.sent, report.tape.first, report.tape.last):.1f}"
        caught, late = fates.count(Fate.CAUGHT), fates.count(Fate.LATE)
        counts = (str(level.held), f"{caught} of {len(fates)}", str(late), str(len(fates) - caught - late))
        _row(table, f"{level.alert_at:g}", a_day_of, *counts)
    return table


def _summary(report: Report) -> Any:
    outcomes = {"present": report.present, **({"draft": report.draft} if report.draft else {})}
    table = _table(f"Backtest of {report.tape.title}", "", *outcomes, numbers=list(outcomes))
    for name, (now, then) in report.changes.items():
        _row(table, name, str(now), str(then))
    for label, count in _COUNTS.items():
        _row(table, label, *(count(report, outcome) for outcome in outcomes.values()))
    return table


def _lead(outcome: Outcome) -> str:
    return "–" if outcome.lead is None else _length(outcome.lead)


_COUNTS: Mapping[str, Any] = {
    "posts": lambda report, _: f"{report.tape.posts:,}",
    "alerts": lambda _, outcome: f"{outcome.sent:,}",
    "alerts a day": lambda report, outcome: f"{a_day(outcome.sent, report.tape.first, report.tape.last):.1f}",
    "held in the digest": lambda _, outcome: f"{outcome.held:,}",
    "blow-ups caught": lambda report, outcome: f"{outcome.count(Fate.CAUGHT)} of {len(report.blow_ups)}",
    "median lead time": lambda _, outcome: _lead(outcome),
    "alerted too late": lambda _, outcome: f"{outcome.count(Fate.LATE)}",
    "missed": lambda _, outcome: f"{outcome.count(Fate.MISSED) + outcome.count(Fate.DIGEST)}",
}


def _notes(report: Report) -> Iterator[str]:
    how = ", ".join(
        _RULES[by].format(size=report.rule.size or 0, complaints=report.rule.complaints or 0) for by in report.rule.by
    )
    yield f"Blow-ups: {how}."
    for what, counts in (("rows of posts", report.tape.skipped), ("rows of the list", report.left_out)):
        if counts:
            said = ", ".join(f"{reason.replace('_', ' ')}: {number:,}" for reason, number in counts.items())
            yield f"Left out {what}: {said}."
    times = f"{report.replays} time{'s' if report.replays > 1 else ''} in {report.seconds:.1f} s"
    yield f"{report.tape.posts:,} posts, replayed {times}: {report.posts_per_second:,.0f} posts a second."


def _tried(report: Report) -> str:
    return "draft" if report.draft else "present policy"


def _alert(alert: Alert) -> dict[str, Any]:
    about = {"at": alert.at.isoformat(), "brand": alert.brand, "reason": alert.reason, "risk": round(alert.risk, 1)}
    return {**about, "story": alert.story, "post": alert.post, "again": alert.again, "held": alert.held}


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "fate": answer.fate,
        "alerted_at": answer.alerted_at.isoformat() if answer.alerted_at else None,
        "lead_minutes": None if answer.lead is None else round(answer.lead.total_seconds() / 60, 1),
        "reason": answer.stand.reason if answer.stand else None,
        "risk": round(answer.stand.risk, 1) if answer.stand else None,
    }
