"""What a source would bring, without storing or sending anything: for whoever is setting one up, or writing one."""

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias, cast

from models.post import Metric, Post
from monitors.errors import RetryLater, StopSource
from monitors.pipeline.asking import asking
from monitors.ports import (
    Can,
    Conversation,
    Follower,
    Page,
    PaidOnce,
    Query,
    Skipped,
    Source,
    Window,
    replying_of,
    rereading_of,
)

Counts: TypeAlias = dict[str, Any]


class Meter:
    """A budget without a limit that says what was charged to it: calls, USD, and the seconds meanwhile."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._calls, self._cost, self._since = 0, 0.0, clock()

    def spend(self, *, calls: int, cost: float) -> None:
        """Allow everything; see ``Budget.spend``."""
        self._calls += calls
        self._cost += cost

    def read(self) -> Counts:
        """What was charged since it was read last."""
        now = self._clock()
        charged = {"calls": self._calls, "cost": round(self._cost, 6), "seconds": round(now - self._since, 2)}
        self._calls, self._cost, self._since = 0, 0.0, now
        return charged


@dataclass(frozen=True, slots=True)
class Trial:
    """What a source is tried with: a query over a time, up to ``limit`` items, and our ``accounts`` for following."""

    query: Query
    window: Window
    limit: int
    accounts: Sequence[str] = ()


def probe(source: Source, trial: Trial, meter: Meter, say: Callable[[str], None] = lambda _: None) -> Iterator[str]:
    """The posts found as JSON Lines, then a line for each ability of the source: what came back, and what was charged.

    What is found is what the other abilities are tried on: REFRESH on as many posts as one call takes, FOLLOW on the
    one with most replies. REPLY is never tried, as it would send something. ``say`` hears what begins.

    An error of collecting ends the lines, as it ends a collection. One of another ability is told in its line, and the
    first of them is raised in the end.
    """
    found = yield from _collected(source, trial, meter, say)
    errors: list[RetryLater | StopSource] = []
    for attempt in _attempts(source, trial, found):
        say(f"{attempt.ability}: {attempt.does}")
        try:
            with asking(source.name):
                brought = attempt.call()
        except (RetryLater, StopSource) as error:
            errors.append(error)
            brought = _told(error)
        yield json_line({"ability": attempt.ability, **attempt.on, **brought, **meter.read()})
    for ability, why in _left_out(source, found):
        yield json_line({"ability": ability, "left_out": why})
    if errors:
        raise errors[0]


def _collected(
    source: Source, trial: Trial, meter: Meter, say: Callable[[str], None]
) -> Generator[str, None, Sequence[Post]]:
    # What is skipped counts in the limit: a source of which nothing is understood would be read to its end otherwise.
    ability = Can.SEARCH if Can.SEARCH in source.can else Can.WATCH
    say(f"{ability}: collecting up to {trial.limit} items")
    found, skipped, gone = list[Post](), list[Skipped](), 0
    pages = source.collect(trial.query, None, trial.window)
    while len(found) + len(skipped) < trial.limit:
        with asking(source.name):
            page = next(pages, None)
        if page is None:
            break
        gone += len(page.gone)
        skipped += page.skipped
        shown = page.found[: trial.limit - len(found)]
        found += shown
        yield from map(json_line, map(_shown, shown))
    yield json_line({"ability": ability, "found": len(found), "gone": gone, **_skips(skipped), **meter.read()})
    return found


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One ability on what was found: what it does and on what, in words and in its line, and the call itself."""

    ability: Can
    does: str
    on: Counts
    call: Callable[[], Counts]


def _attempts(source: Source, trial: Trial, found: Sequence[Post]) -> Iterator[_Attempt]:
    if not found:
        return
    if Can.REFRESH in source.can:
        some = {post.native_id: post for post in found[: rereading_of(source).at_once]}
        on = {"asked": len(some)}
        yield _Attempt(Can.REFRESH, f"reading {len(some)} of them again", on, partial(_refreshed, source, some))
    if Can.FOLLOW in source.can:
        first = max(found, key=lambda post: post.engagement.get(Metric.REPLIES, 0))
        told = Conversation(first, trial.accounts, first.created_at - source.overlap)
        does = f"reading the conversation below {first.native_id}"
        yield _Attempt(Can.FOLLOW, does, {"below": first.native_id}, partial(_followed, source, told))


def _refreshed(source: Source, known: Mapping[str, Post]) -> Counts:
    """Those that changed since they were collected, and those neither there nor gone, which are lost for a team."""
    ids = list(known)
    if rereading_of(source).free_same_day:
        page = cast("PaidOnce", source).refresh(ids, frozenset(ids))
    else:
        page = source.refresh(ids)
    now = {post.native_id: post for post in page.found}
    changed = sum(_says(now[one]) != _says(known[one]) for one in now.keys() & known.keys())
    unanswered = sorted(known.keys() - now.keys() - {one.native_id for one in page.gone})
    return {**_brought(page), "changed": changed, "unanswered": unanswered}


def _followed(source: Source, told: Conversation) -> Counts:
    """Those without a parent are heard by nobody: who answers whom is known by parents only."""
    if not hasattr(source, "follow"):
        raise StopSource(
            "it declares Can.FOLLOW and has no `follow`",
            remedy="Write it as monitors.ports.Follower says, or take FOLLOW out of `can`.",
        )
    page = cast("Follower", source).follow(told)
    below = [post for post in page.found if post.native_id != told.post.native_id]
    return {**_brought(page), "without_parent": sum(post.parent_id is None for post in below)}


def _left_out(source: Source, found: Sequence[Post]) -> Iterator[tuple[Can, str]]:
    """The abilities that were not tried, each with the reason."""
    for ability in sorted(source.can & {Can.REFRESH, Can.FOLLOW} if not found else ()):
        yield ability, "no post was found that it could be tried on"
    if Can.REPLY in source.can:
        able = replying_of(source) is not None
        yield Can.REPLY, "a probe sends nothing" if able else "the settings lack what it takes, such as a token"


def _told(error: RetryLater | StopSource) -> Counts:
    # The kind is what a scheduler would do, not which class of it.
    if isinstance(error, StopSource):
        return {"error": StopSource.__name__, "said": str(error), "remedy": error.remedy}
    told = {"error": RetryLater.__name__, "said": str(error)}
    return {**told, "after": error.after} if error.after else told


def _brought(page: Page) -> Counts:
    return {"found": len(page.found), "gone": len(page.gone), **_skips(page.skipped)}


def _skips(skipped: Sequence[Skipped]) -> Counts:
    """How many by reason, and the first of each, because that is what whoever sets a source up must mend."""
    counts = {"skipped": dict(sorted(Counter(one.reason for one in skipped).items()))}
    first = {one.reason: f"{one.where}: {one.detail}" for one in reversed(skipped)}
    return {**counts, "first_skipped": dict(sorted(first.items()))} if first else counts


def _says(post: Post) -> tuple[str, Mapping[Metric, int]]:
    return post.text, post.engagement


def _shown(post: Post) -> Mapping[str, Any]:
    # What the service sent is the same once more, and long.
    shown = {field.name: getattr(post, field.name) for field in fields(post) if field.name != "raw"}
    author = {field.name: getattr(post.author, field.name) for field in fields(post.author)}
    return {**shown, "author": author, "engagement": dict(post.engagement)}


def json_line(value: Mapping[str, Any]) -> str:
    """A value as one line of JSON, in which nothing steers a terminal or turns the line around."""
    # JSON lets C1 controls and marks of direction through.
    text = json.dumps(value, ensure_ascii=False, default=_text)
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
