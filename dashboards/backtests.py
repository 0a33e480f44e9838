"""Backtests: a draft of the policy beside the present one, what each level of alert_at costs, and what it catches.

Reports hold ids; the words of posts are looked up when a page is drawn, so that what was deleted is not shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from dashboards import backtest_words, changes
from dashboards.office import TheOffice
from dashboards.rendering import page, speech_of
from dashboards.speech import Speech
from dashboards.visitors import Looking
from monitors.ledger import backtests, people, replaying
from monitors.ledger.replaying import Words

router = APIRouter()
SIZE = 30
Number = Annotated[int, Path(ge=1, le=2**53)]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a blow-up with one policy, for a page: a word to colour it by, and a sentence."""

    fate: str
    said: str


@dataclass(frozen=True, slots=True)
class ShownBlowUp:
    """A blow-up with what became of it: with the present policy, with the draft, and at each level."""

    row: Mapping[str, Any]
    at: datetime
    by: str
    words: Words | None
    present: Told
    draft: Told | None
    levels: Sequence[Told]


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """An alert with the words of its post, where they are still there."""

    row: Mapping[str, Any]
    at: datetime
    words: Words | None


@router.get("/backtests", name="backtests")
def backtests_page(
    request: Request, office: TheOffice, _visitor: Looking, start: Annotated[int, Query(ge=0, le=2**31)] = 0
) -> Response:
    """The list, newest first."""
    with office.ledger.read() as tx:
        rows, every = backtests.newest(tx, SIZE, start), backtests.count(tx)
        names = {person.name: person.display for person in people.everybody(tx)}
    older = start + SIZE if every > start + SIZE else None
    values = {"rows": rows, "start": start, "older": older, "size": SIZE, "names": names}
    return page(request, "backtests.html", {**values, "b": backtest_words, "who": changes.actor})


@router.get("/backtests/{backtest_id}", name="backtest")
def backtest_page(request: Request, office: TheOffice, _visitor: Looking, backtest_id: Number) -> Response:
    """One of them."""
    say = speech_of(request)
    with office.ledger.read() as tx:
        row = backtests.require(tx, backtest_id)
        report = row.report
        words = replaying.words_of(tx, _named(report)) if report["in_ledger"] else {}
    tried = report["draft"] or report["present"]
    values = {
        "row": row,
        "b": backtest_words,
        "report": report,
        "tried": tried,
        "rule": backtest_words.rule(say, report["rule"]),
        "blow_ups": [_blow_up(say, report, number, words) for number in range(len(report["blow_ups"]))],
        "alerts": _alerts(tried["alerts"], words),
        "differing": {name: _alerts(report[name]["alerts"], words) for name in ("only_draft", "only_present")},
        "first": _time(report["first"]),
        "last": _time(report["last"]),
        "median": lambda outcome: _median(say, outcome),
        "chosen": next((n for n, level in enumerate(report["curve"]) if level["alert_at"] == tried["alert_at"]), 0),
    }
    return page(request, "backtest.html", values)


def _named(report: Mapping[str, Any]) -> list[str]:
    lists = [report["blow_ups"], report["only_draft"]["alerts"], report["only_present"]["alerts"]]
    lists += [outcome["alerts"] for outcome in (report["present"], report["draft"]) if outcome]
    return list(dict.fromkeys(one["post"] for each in lists for one in each))


def _blow_up(say: Speech, report: Mapping[str, Any], number: int, words: Mapping[str, Words]) -> ShownBlowUp:
    row = report["blow_ups"][number]
    outcomes = {name: report[name] and told(say, report[name], row, number) for name in ("present", "draft")}
    levels = [told(say, level, row, number) for level in report["curve"]]
    at = _time(row["at"])
    assert at is not None
    by = backtest_words.by(say, row["by"], row["size"])
    return ShownBlowUp(row, at, by, words.get(row["post"]), outcomes["present"], outcomes["draft"], levels)


def told(say: Speech, outcome: Mapping[str, Any], blow_up: Mapping[str, Any], number: int) -> Told:
    """What became of a blow-up: caught so long before, too late by so much, or missed and why."""
    fate = outcome["fates"][number]
    alerted, at = _time(outcome["alerted_at"][number]), _time(blow_up["at"])
    if alerted is None or at is None:
        stand = outcome["stands"][number] if "stands" in outcome else None
        return Told(fate, backtest_words.not_caught(say, fate, stand))
    sentence = backtest_words.CAUGHT if alerted <= at else backtest_words.LATE
    return Told(fate, say.text(sentence, length=say.length(at - alerted)))


def _alerts(rows: Sequence[Mapping[str, Any]], words: Mapping[str, Words]) -> list[ShownAlert]:
    return [ShownAlert(row, at, words.get(row["post"])) for row in rows if (at := _time(row["at"])) is not None]


def _median(say: Speech, outcome: Mapping[str, Any]) -> str:
    minutes = outcome["median_lead_minutes"]
    return "–" if minutes is None else say.length(timedelta(minutes=minutes))


def _time(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
