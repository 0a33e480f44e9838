"""What stands in the ledger of a desk that has had 200,000 incidents, half of which nobody has handled yet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from fakes.town import NOON, forecast
from sqlalchemy import Table, insert

from models.scores import Remedy, Signal
from monitors.ledger.desk_schema import after_actions, answer_clocks, answers
from monitors.ledger.engine import Ledger
from monitors.ledger.schema import decisions, incident_events, incidents, mentions, posts, promises, scores, stories

DAYS = 90
FIGURES = {"risk": 40.0, "story_complaints": 1, "story_posts": 1, "story_last_hour": 1, "spread_to": 100}
_AT_ONCE = 5_000
_BRANDS = ("Omniva", "Omniva", "Omniva", "Postimees")
_TEAM = ("sirje", "olga", "matti", "emma")
_TEXT = "Omniva lost my parcel {one}, nobody answers the phone. Give me my 25 € back!"
_HOUR = timedelta(hours=1)


def fill(ledger: Ledger, waiting: int, over: int = 0) -> None:
    """Write so many incidents of the last 90 days that wait for people, after so many that are over.

    Every tenth of those that wait is in the digest, every tenth in somebody's hands; each has a post, a clock, and
    every tenth a promise. One in a hundred of their answers is late.
    """
    total = waiting + over
    for start in range(0, total, _AT_ONCE):
        rows: dict[Table, list[dict[str, Any]]] = {}
        for one in range(start, min(start + _AT_ONCE, total)):
            at = NOON - timedelta(days=DAYS) * (total - one) / total
            for table, row in _rows(one, at, is_over=one < over):
                rows.setdefault(table, []).append(row)
        with ledger.write() as tx:
            for table, found in rows.items():
                tx.execute(insert(table), found)


def _rows(one: int, at: datetime, *, is_over: bool) -> Iterator[tuple[Table, dict[str, Any]]]:
    incident = _incident(one, at, is_over=is_over)
    yield incidents, incident
    number = incident["id"]
    opened = {"reason": "threat", "risk": incident["risk"], "post": f"town:{one}"}
    yield (
        incident_events,
        {"incident_id": number, "at": at, "actor": "kuula", "kind": "opened", "data": opened, "announced": True},
    )
    yield answer_clocks, _clock(number, one, at, is_over=is_over)
    if one % 10 == 1:
        yield promises, _promise(number, one, at, is_over=is_over)
    if is_over and one % 10 == 2:
        lesson = {"cause": "lost", "remedy": "money_back", "cost": 12.5, "lesson": "Ask the courier first."}
        yield after_actions, {"incident_id": number, **lesson, "by": "emma", "at": at + _HOUR, "figures": {}}
    if not is_over:
        yield from _said(one, number, incident, at)


def _incident(one: int, at: datetime, *, is_over: bool) -> dict[str, Any]:
    held = not is_over and one % 10 == 4
    in_hand = not is_over and one % 10 == 5
    status = "resolved" if is_over else "acknowledged" if in_hand else "open"
    return {
        "id": one + 1,
        "brand": _BRANDS[one % len(_BRANDS)],
        "story_id": f"town:{one}",
        "status": status,
        "reason": "threat",
        "risk": 10.0 + one * 7 % 800 / 10,
        "severity": 2,
        "language": "en",
        "headline": _TEXT.format(one=one),
        "posts": 1,
        "opened_at": at,
        "first_post_at": at,
        "acknowledged_at": at if is_over or in_hand else None,
        "acknowledged_by": _TEAM[one // 10 % 4] if is_over or in_hand else None,
        "assignee": _TEAM[one // 10 % 4] if is_over or in_hand else None,
        "escalate_at": None if is_over or held or in_hand else at + _HOUR,
        "held_at": at if held else None,
        "resolved_at": at + _HOUR if is_over else None,
        "verdict": "right" if is_over else None,
        "changed_at": at,
        "figures": FIGURES,
    }


def _clock(number: int, one: int, at: datetime, *, is_over: bool) -> dict[str, Any]:
    late = one % 100 == 7
    return {
        "incident_id": number,
        "post_uid": f"town:{one}",
        "thread": f"town:{one}",
        "waits_since": None if is_over else at,
        "answer_by": None if is_over else at if late else NOON + _HOUR * (2 + one % 90),
        "stopped_by": None,
        "first_answer_at": at + _HOUR if is_over else None,
        "last_answer_at": at + _HOUR if is_over else None,
        "customer_at": at,
        "late_at": at if late else None,
    }


def _promise(number: int, one: int, at: datetime, *, is_over: bool) -> dict[str, Any]:
    due = at + _HOUR if is_over else NOON + _HOUR * (2 + one % 90)
    return {
        "incident_id": number,
        "owner": _TEAM[one // 10 % 4],
        "what": "We call.",
        "made_at": at,
        "due_at": due,
        "remind_at": due,
        "kept_at": due if is_over else None,
        "status": "kept" if is_over else "open",
    }


def _said(one: int, number: int, incident: Mapping[str, Any], at: datetime) -> Iterator[tuple[Table, dict[str, Any]]]:
    """The post behind an incident, as the steps leave it, and what our team told its writer."""
    text = incident["headline"]
    start = text.index("Give me")
    seq = one + 1
    yield posts, _post(one, text, at)
    yield stories, _story(incident, number, at)
    yield mentions, {"post_seq": seq, "brand": incident["brand"], "judged": True}
    yield scores, _scores(seq, [[Signal.REFUND_DEMAND.value, start, start + 20, 0.9]], at)
    outlook = {**asdict(forecast()), "thresholds": {"100": 0.62}, "peak_at": None}
    outlook = {name: value for name, value in outlook.items() if not isinstance(value, datetime | timedelta)}
    yield (
        decisions,
        {
            "post_seq": seq,
            "brand": incident["brand"],
            "story_id": incident["story_id"],
            "action": "alert",
            "reason": "threat",
            "complaint": True,
            "risk": incident["risk"],
            "figures": FIGURES,
            "forecast": outlook,
            "incident_id": number,
            "at": at,
            "decided_at": at,
        },
    )
    if one % 10 == 5:
        yield answers, _answer(number, at)


def _post(one: int, text: str, at: datetime) -> dict[str, Any]:
    return {
        "seq": one + 1,
        "uid": f"town:{one}",
        "source": "town",
        "native_id": str(one),
        "kind": "post",
        "url": f"https://social.example/{one}",
        "text": text,
        "created_at": at,
        "observed_at": at,
        "stored_at": at,
        "author_id": f"author{one % 7000}",
        "author_handle": f"author{one % 7000}",
        "raw": {},
        "has_raw": False,
        "version": 1,
        "scored_version": 1,
    }


def _story(incident: Mapping[str, Any], number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": incident["story_id"],
        "brand": incident["brand"],
        "signature": b"\0" * 64,
        "first_at": at,
        "last_at": at,
        "posts": 1,
        "complaints": 1,
        "alerted_complaints": 1,
        "signals": [],
        "authors": [],
        "recent": [],
        "incident_id": number,
        "alerted_at": at,
    }


def _scores(seq: int, signals: Sequence[Sequence[Any]], at: datetime) -> dict[str, Any]:
    return {
        "post_seq": seq,
        "model": "by hand",
        "language": "en",
        "language_confidence": 0.99,
        "sentiment": "negative",
        "sentiment_probabilities": {"negative": 1.0},
        "complaint": True,
        "complaint_probability": 0.9,
        "severity": 2,
        "signals": signals,
        "remedy": Remedy.MONEY_BACK.value,
        "language_parts": [],
        "lemmas": "omniva lose parcel nobody answer phone give back",
        "signature": b"\0" * 64,
        "scored_at": at,
    }


def _answer(number: int, at: datetime) -> dict[str, Any]:
    return {
        "incident_id": number,
        "at": at + _HOUR,
        "actor": "emma",
        "place": "mail",
        "language": "en",
        "text": "We are sorry. You get your 25 € back by Friday. Emma",
        "facts": [],
        "findings": [],
        "state": "told",
    }
