"""A simulated social network in which stories unfold within minutes: for trying Kuula, and for staff who train.

Everything follows from the start and the seed; the time comes from the window, and from the client's clock when posts
are read again. Nothing is sent anywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import AwareDatetime, Field

from models.post import Author, Kind, Metric, Post
from monitors.drill.network import BRAND, Network, native_id_of, script
from monitors.http import Http
from monitors.parsing import instant, understand
from monitors.ports import Can, Gone, Json, Page, Query, Window
from monitors.source_settings import SourceSettings

# Times at the ends of the calendar cannot be counted from, nor turned into UTC.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class DrillSettings(SourceSettings):
    """How the drill is told."""

    asked_once: ClassVar[Mapping[str, Any]] = {"told": True}

    speed: float = Field(1.0, gt=0, le=1000, description="1 tells the stories in 16 minutes, 4 in four.")
    start: AwareDatetime | None = Field(
        None, ge=EARLIEST, le=LATEST, description="When the stories begin; at the first look if left out."
    )
    told: bool = Field(
        default=False, description="All is told at the first look; `kuula run --once` does that by itself."
    )
    loop: bool = Field(default=False, description="Begin again when all is told, with new posts.")
    seed: int = Field(1, description="Another seed gives another pace and other counts.")
    brand: str = Field(BRAND, min_length=1, description="The name that takes the place of Paklo in the stories.")
    page_size: int = Field(50, gt=0, le=1000, description="Posts that are stored at once.")

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """What is made up stands among what is real, once the stories are about somebody who exists."""
        if self.brand != BRAND:
            remedy = "Remove `[sources.drill]` before real posts are watched; what it told stays in the ledger."
            yield "brand", f"the drill makes up posts, and so alerts, about {self.brand}", remedy


class Source:
    """The network, watched."""

    kind: ClassVar[str] = "drill"
    can: ClassVar[frozenset[Can]] = frozenset({Can.WATCH, Can.REFRESH})
    overlap: ClassVar[timedelta] = timedelta(0)
    Settings: ClassVar[type[DrillSettings]] = DrillSettings

    def __init__(self, name: str, settings: DrillSettings, http: Http) -> None:
        self.name = name
        self._settings = settings
        self._now = http.now
        self._network = Network(settings.speed, settings.seed, settings.brand)

    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:  # noqa: ARG002 - brings all
        """What was written since ``state`` and by the end of ``window``."""
        now = window.until
        begun = now - self._network.length if self._settings.told else now
        start = self._settings.start or (instant(state["start"]) if state else begun)
        start = start.astimezone(UTC).replace(microsecond=0)
        number, told = (state["round"], state["told"]) if state else (0, 0)
        latest = max(0, self._network.rounds(start, now)) if self._settings.loop else 0
        if latest > number + 1:
            # The machine slept through whole tellings: nobody trains on a hundred viral stories at once.
            number, told = latest, 0
        while number <= latest:
            due = [line for line in script() if self._network.written_at(line, start, number) <= now]
            for first in range(told, len(due), self._settings.page_size):
                some = due[first : first + self._settings.page_size]
                page = self._read([native_id_of(line.key, start, number) for line in some], now)
                told = first + len(some)
                state = {"start": start.isoformat(), "round": number, "told": told}
                yield Page(found=page.found, skipped=page.skipped, state=state)
            if not due and told == 0:
                yield Page(state={"start": start.isoformat(), "round": number, "told": 0})
            number, told = number + 1, 0

    def refresh(self, ids: Sequence[str]) -> Page:
        """The posts with their counts of this moment, their edits, and those that were deleted."""
        return self._read(ids, self._now())

    def parse(self, item: Json, at: datetime) -> Post:
        """One post of the network."""
        author, counts = item["author"], item.get("counts") or {}
        parent = item.get("reply_to") or item.get("quotes_of")
        kind = Kind.REPLY if item.get("reply_to") else Kind.QUOTE if parent else Kind(item.get("kind") or Kind.POST)
        return Post(
            source=self.name,
            native_id=item["id"],
            url=item["url"],
            text=item["text"],
            created_at=instant(item["created_at"]),
            observed_at=at,
            author=Author(author["handle"], author["handle"], author.get("name"), author.get("followers")),
            kind=kind,
            thread_id=item.get("thread"),
            parent_id=parent,
            edited_at=instant(item["edited_at"]) if item.get("edited_at") else None,
            lang_hint=item.get("lang"),
            engagement={metric: counts[metric] for metric in Metric if metric in counts},
            raw=item,
        )

    def _read(self, ids: Sequence[str], now: datetime) -> Page:
        shown = [(native_id, self._network.show(native_id, now)) for native_id in ids]
        items = [(native_id, item) for native_id, item in shown if not isinstance(item, Gone)]
        found, skipped = understand(items, self.parse, now)
        return Page(found=found, gone=[item for _, item in shown if isinstance(item, Gone)], skipped=skipped)
