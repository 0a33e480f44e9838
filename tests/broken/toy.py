"""A source that passes the whole suite, and beside it a broken twin for each check of the suite.

A twin differs from the toy in what its name says.
"""

import contextlib
import socket
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import AnyHttpUrl, SecretStr

from models.post import Author, Metric, Post
from monitors.errors import RetryLater, SkipRecord
from monitors.http import Http, RefusedError
from monitors.parsing import instant, understand
from monitors.ports import Can, Conversation, Gone, Json, Page, Query, Replying, Window
from monitors.source_settings import NetworkSettings
from monitors.testing.network_checks import NetworkWorld
from monitors.testing.server import Answer, Asked, FakeServer, as_json
from monitors.testing.source_checks import NAME, SourceCase

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class ToySettings(NetworkSettings):
    """Where the toy service is."""

    base_url: AnyHttpUrl
    token: SecretStr = SecretStr("toy-token-0123456789")


class Toy:
    """Oldest first, three a page, by number."""

    kind: ClassVar[str] = "toy"
    can: ClassVar[frozenset[Can]] = frozenset({Can.SEARCH, Can.REFRESH, Can.REPLY, Can.FOLLOW})
    overlap: ClassVar[timedelta] = timedelta(minutes=10)
    Settings: ClassVar[type[ToySettings]] = ToySettings
    served: ClassVar[int] = 15

    def __init__(self, name: str, settings: ToySettings, http: Http) -> None:
        self.name = name
        self.settings = settings
        self.http = http

    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        """Walk forward until a page is empty."""
        after = (state or {}).get("after", 0)
        while True:
            page, reached = self.page(after)
            yield page
            if reached is None:
                return
            self.check_progress(after, reached)
            after = reached

    def check_progress(self, after: int, reached: int) -> None:
        """A page that leads nowhere ends the walk."""
        if reached <= after:
            raise RetryLater("the same page again")

    def page(self, after: int) -> tuple[Page, int | None]:
        """The page behind ``after``, and the last number in it."""
        items = self.http.get("/items", params={"after": after}).json()
        if not isinstance(items, list):
            raise RetryLater("no list")
        found, skipped = understand(((str(item["id"]), item) for item in items), self.parse, self.http.now())
        reached = max((item["id"] for item in items), default=None)
        return Page(found, (), skipped, {"after": after if reached is None else reached}), reached

    def refresh(self, ids: Sequence[str]) -> Page:
        """One call an id."""
        items, gone = [], []
        for one in ids:
            try:
                items.append((one, self.http.get(f"/items/{one}").json()))
            except RefusedError as error:
                if error.status != 404:
                    raise
                gone.append(Gone(one, "deleted", self.http.now()))
        found, skipped = understand(items, self.parse, self.http.now())
        return Page(found, gone, skipped)

    def follow(self, conversation: Conversation) -> Page:
        """All that is below an item, level by level."""
        first = conversation.post.native_id
        try:
            below = self.http.get(f"/items/{first}/below").json()
        except RefusedError as error:
            if error.status != 404:
                raise
            return Page()
        if not isinstance(below, list):
            raise RetryLater("no list")
        found, skipped = understand(((str(item["id"]), item) for item in below), self.parse, self.http.now())
        return Page(found, (), skipped)

    @property
    def replying(self) -> Replying | None:
        """The service knows keys for an hour."""
        return Replying(200, known_for=timedelta(hours=1))

    def reply(self, to: str, text: str, key: str) -> str:
        """Say it below an item."""
        made = self.http.post("/items", {"to": to, "text": text, "key": key}).json()
        if not isinstance(made, dict) or "id" not in made:
            raise RetryLater("no id", perhaps_done=True)
        return str(made["id"])

    def parse(self, item: Json, at: datetime) -> Post:
        """An item of the toy service."""
        created = instant(item["at"])
        author = Author(item.get("by") or "unknown", name=item.get("by"))
        counts = {} if item.get("likes") is None else {Metric.LIKES: item["likes"]}
        return Post(
            self.name,
            str(item["id"]),
            "https://toy.example/",
            item["text"],
            created,
            at,
            author,
            parent_id=item.get("to"),
            engagement=counts,
        )


def item(number: int) -> dict[str, Any]:
    """What the toy service sends."""
    at = (NOW - timedelta(minutes=number)).isoformat()
    return {"id": number, "at": at, "text": f"Kaebus {number}", "by": "anu", "likes": number}


class ToyServer(FakeServer):
    """So many items, and one from the future."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.items = [item(number) for number in range(1, count + 1)]
        self.items.append({**item(count + 1), "at": "2031-01-01T00:00:00+00:00"})
        self.replies: dict[str, dict[str, Any]] = {}
        self.add("/items", self._page)
        self.talk: list[dict[str, Any]] = []
        self.add(r"/items/(\d+)/below", lambda _, match: self._below(match[1]))
        self.add(r"/items/(\d+)", lambda _, match: self._one(int(match[1])))

    def said(self) -> list[str]:
        """The replies."""
        return [one["text"] for one in self.replies.values()]

    def publish(self, at: datetime) -> str:
        """Somebody writes an item."""
        number = len(self.items) + 1
        self.items.append({**item(number), "at": at.isoformat()})
        return str(number)

    def speak(self) -> list[str]:
        """Our account and a stranger answer the third item, and its author answers both."""
        for number, to, by in ((50, "3", "toys"), (51, "50", "anu"), (52, "3", "kati"), (53, "52", "anu")):
            self.talk.append({**item(3), "id": number, "text": "Uurime.", "to": to, "by": by})
        return ["3", "50", "51", "52", "53"]

    def _below(self, number: str) -> Answer:
        if number != "3":
            return as_json([]) if self._is_known(int(number)) else as_json({"error": "none"}, status=404)
        return as_json(self.talk)

    def _is_known(self, number: int) -> bool:
        return any(one["id"] == number for one in self.items)

    def _page(self, asked: Asked, _: object) -> Answer:
        if asked.method == "POST":
            sent = asked.fields
            made = {**item(100 + len(self.replies)), "text": sent["text"]}
            return as_json(self.replies.setdefault(sent["key"], made))
        return as_json([one for one in self.items if one["id"] > int(asked.params["after"])][:3])

    def _one(self, number: int) -> Answer:
        known = [one for one in (*self.items, *self.talk, *self.replies.values()) if one["id"] == number]
        return as_json(known[0]) if known else as_json({"error": "none"}, status=404)


class ToyCase(SourceCase):
    """How the toy, or a twin of it, joins the suite."""

    query = Query("toy", ("Toy",))
    window = Window(None, NOW)
    now = NOW
    missing = "99"
    optional = ("by", "likes")

    def __init__(self, source: Any) -> None:
        self.source = source  # type: ignore[misc]

    def items(self) -> Sequence[Json]:
        """Two items."""
        return [item(1), item(2)]

    def expected(self) -> Sequence[Post]:
        """The same by hand."""
        author = Author("anu", name="anu")
        toy = "https://toy.example/"
        written = {n: NOW - timedelta(minutes=n) for n in (1, 2)}
        return [
            Post(NAME, str(n), toy, f"Kaebus {n}", at, NOW, author, engagement={Metric.LIKES: n})
            for n, at in written.items()
        ]

    @contextmanager
    def world(self) -> Iterator[NetworkWorld]:
        """Fifteen items behind a server, or as few as the twin is content with."""
        count = self.source.served
        with ToyServer(count) as server:
            ids = frozenset(str(n) for n in range(1, count + 1))
            yield NetworkWorld(
                {"base_url": server.url}, ids, server, server.said, server.speak, "toys", publish=server.publish
            )


def changed(page: Page, **changes: Any) -> Page:
    """The page with each of its posts changed."""
    return replace(page, found=[replace(post, **changes) for post in page.found])


def renamed(page: Page, which: Callable[[int], bool]) -> Page:
    """The page with another id for some of its posts."""
    other = [
        replace(post, native_id=f"re-{post.native_id}") if which(int(post.native_id)) else post for post in page.found
    ]
    return replace(page, found=other)


class DeclaresNonsense(Toy):
    kind = "Toy source!"


class KnowsASmallWorld(Toy):
    served = 4


class ForgetsItsName(Toy):
    def page(self, after: int) -> tuple[Page, int | None]:
        page, reached = super().page(after)
        return changed(page, source=self.kind), reached


class LosesTheAuthor(Toy):
    def parse(self, item: Json, at: datetime) -> Post:
        return replace(super().parse(item, at), author=Author("unknown"))


class ChangesKeys(Toy):
    def parse(self, item: Json, at: datetime) -> Post:
        post = super().parse(item, at)
        return post if at != NOW + timedelta(hours=1) else replace(post, native_id=f"{post.native_id}-{at:%H%M}")


class RepeatsItself(Toy):
    def page(self, after: int) -> tuple[Page, int | None]:
        page, reached = super().page(after)
        return replace(page, found=[*page.found, *page.found[:1]]), reached


class ForgetsItsPlace(Toy):
    def page(self, after: int) -> tuple[Page, int | None]:
        page, reached = super().page(after)
        return (replace(page, state={"after": 13}) if reached == 12 else page), reached


class RefusesNews(Toy):
    def parse(self, item: Json, at: datetime) -> Post:
        if "field_of_tomorrow" in item:
            raise SkipRecord("unknown_field")
        return super().parse(item, at)


class NeedsEverything(Toy):
    def parse(self, item: Json, at: datetime) -> Post:
        if not item.get("by"):
            raise SkipRecord("no_author")
        return super().parse(item, at)


class CountsWhatIsAbsent(Toy):
    def parse(self, item: Json, at: datetime) -> Post:
        return replace(super().parse(item, at), engagement={Metric.LIKES: item.get("likes") or 0})


class GuessesTheZone(Toy):
    def parse(self, item: Json, at: datetime) -> Post:
        zoned = datetime.fromisoformat(item["at"])
        return super().parse({**item, "at": (zoned if zoned.tzinfo else zoned.replace(tzinfo=UTC)).isoformat()}, at)


class BelievesClocks(Toy):
    def page(self, after: int) -> tuple[Page, int | None]:
        page, reached = super().page(after)
        return changed(page, created_at=NOW + timedelta(hours=2)), reached


class KeepsMarkup(Toy):
    def page(self, after: int) -> tuple[Page, int | None]:
        page, reached = super().page(after)
        return changed(page, text="<p>Kaebus &amp; m&#252;ra</p>"), reached


class OverlooksDeletions(Toy):
    def refresh(self, ids: Sequence[str]) -> Page:
        return replace(super().refresh(ids), gone=())


class RenamesOnRefresh(Toy):
    def refresh(self, ids: Sequence[str]) -> Page:
        # Those from 50 on are replies, which other checks look at.
        return renamed(super().refresh(ids), lambda number: number < 50)


class TakesFaultsForDeletions(Toy):
    def refresh(self, ids: Sequence[str]) -> Page:
        try:
            return super().refresh(ids)
        except RetryLater:
            return Page((), [Gone(one, "deleted", self.http.now()) for one in ids])


class KeepsTrying(Toy):
    def page(self, after: int) -> tuple[Page, int | None]:
        try:
            return super().page(after)
        except RefusedError as error:
            raise RetryLater(str(error)) from None


class ForgetsWhen(Toy):
    def page(self, after: int) -> tuple[Page, int | None]:
        try:
            return super().page(after)
        except RetryLater as error:
            raise RetryLater(str(error)) from None


class MovesOnFailure(Toy):
    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        last = state
        try:
            for page in super().collect(query, state, window):
                last = page.state
                yield page
        except RetryLater:
            yield Page(state={"after": (last or {}).get("after", 0) + 1})
            raise


class NeverEnds(Toy):
    def check_progress(self, after: int, reached: int) -> None:
        pass


class CallsHome(Toy):
    def page(self, after: int) -> tuple[Page, int | None]:
        # A number of the block for documentation: looking a number up asks nobody.
        socket.getaddrinfo("198.51.100.7", 443)
        return super().page(after)


class ShowsItsToken(Toy):
    def __repr__(self) -> str:
        return f"Toy({self.settings.token.get_secret_value()})"


class AvoidsTheBudget(Toy):
    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.http.base_url}/ping", timeout=1):
            pass
        yield from super().collect(query, state, window)


class SaysSomethingElse(Toy):
    def reply(self, to: str, text: str, key: str) -> str:
        return super().reply(to, "Helistage meile.", key)


class RenamesItsReply(Toy):
    def reply(self, to: str, text: str, key: str) -> str:
        super().reply(to, text, key)
        return to


class ForgetsTheKey(Toy):
    def reply(self, to: str, text: str, key: str) -> str:
        return super().reply(to, text, f"{key}-{self.http.calls}")


class SaysThatNothingIsOut(Toy):
    def reply(self, to: str, text: str, key: str) -> str:
        try:
            return super().reply(to, text, key)
        except RetryLater as error:
            raise RetryLater(str(error)) from None


class HearsStrangersOnly(Toy):
    def follow(self, conversation: Conversation) -> Page:
        page = super().follow(conversation)
        ours = {*conversation.accounts, conversation.post.author.native_id}
        return replace(page, found=[post for post in page.found if post.author.native_id not in ours])


class RenamesWhatItFollowed(Toy):
    def refresh(self, ids: Sequence[str]) -> Page:
        return renamed(super().refresh(ids), lambda number: 50 <= number < 100)


class TakesSilenceForDeletion(Toy):
    def follow(self, conversation: Conversation) -> Page:
        page = super().follow(conversation)
        gone = () if page.found else (Gone(conversation.post.native_id, "deleted", self.http.now()),)
        return replace(page, gone=gone)


class TakesFaultsForSilence(Toy):
    def follow(self, conversation: Conversation) -> Page:
        try:
            return super().follow(conversation)
        except RetryLater:
            return Page()


TWINS = {
    "test_it_finds_what_is_said_below_a_post": HearsStrangersOnly,
    "test_what_it_followed_has_the_ids_that_reading_gives": RenamesWhatItFollowed,
    "test_nobody_said_anything": TakesSilenceForDeletion,
    "test_a_fault_is_no_silence": TakesFaultsForSilence,
    "test_it_can_reply_to_what_it_found": SaysSomethingElse,
    "test_a_reply_has_the_id_that_reading_gives_it": RenamesItsReply,
    "test_a_key_makes_one_reply": ForgetsTheKey,
    "test_a_reply_that_may_be_out_says_so": SaysThatNothingIsOut,
    "test_it_declares_what_it_is": DeclaresNonsense,
    "test_its_world_fills_its_pages": KnowsASmallWorld,
    "test_posts_carry_the_configured_name": ForgetsItsName,
    "test_the_recorded_page_is_understood": LosesTheAuthor,
    "test_the_same_page_gives_the_same_keys": ChangesKeys,
    "test_keys_are_unique_in_a_page": RepeatsItself,
    "test_resuming_after_any_page_loses_nothing": ForgetsItsPlace,
    "test_unknown_fields_are_harmless": RefusesNews,
    "test_missing_optional_fields_are_harmless": NeedsEverything,
    "test_absent_counts_are_unknown": CountsWhatIsAbsent,
    "test_a_time_without_a_zone_is_not_guessed": GuessesTheZone,
    "test_times_are_utc_and_not_ahead": BelievesClocks,
    "test_text_has_no_markup": KeepsMarkup,
    "test_a_missing_id_is_gone": OverlooksDeletions,
    "test_reading_again_keeps_keys": RenamesOnRefresh,
    "test_a_fault_is_no_deletion": TakesFaultsForDeletions,
    "test_each_fault_ends_in_its_error": KeepsTrying,
    "test_a_limit_says_when": ForgetsWhen,
    "test_a_failed_fetch_keeps_the_place": MovesOnFailure,
    "test_a_server_that_repeats_itself_is_left": NeverEnds,
    "test_no_request_leaves_loopback": CallsHome,
    "test_no_secret_is_ever_shown": ShowsItsToken,
    "test_the_budget_is_asked_before_each_call": AvoidsTheBudget,
}
