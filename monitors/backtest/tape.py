"""Filling the tape: posts of a file, of the team's ledger or of the drill, with scores, in a ledger of their own."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from models.backtest import BlowUp, By
from monitors.bootstrap import House, clock
from monitors.drill.network import BRAND, ROUND, KnownBlowUp, blow_ups, native_id_of
from monitors.errors import BadSettings
from monitors.ledger import replaying, sweeps
from monitors.ledger.engine import Ledger
from monitors.ledger.replaying import Chosen
from monitors.pipeline.collect import collect
from monitors.pipeline.refresh import refresh
from monitors.pipeline.score import score_all
from monitors.ports import Query
from monitors.scorers import Scorer
from monitors.settings import Brand, BusinessHours, Escalation, RotaConfig, Settings, SourceConfig
from monitors.settings import Ledger as LedgerSection
from monitors.settings.mistakes import did_you_mean

Progress = Callable[[str, int], None]
"""Hears what is done and how many posts that was."""

FILE = "file"
DRILL = "drill"
DRILL_START = datetime(2026, 1, 12, 6, tzinfo=UTC)
"""The drill of a backtest begins early on a Monday, and takes a minute for each second of its script."""

_PREFIX = "kuula-backtest-"
_DRILL_POLL = timedelta(minutes=5)
_DRILL_SPEED = 1 / 60
_DRILL_NAMES = [BRAND, "Пакло"]


@dataclass(frozen=True, slots=True)
class Tape:
    """Posts that can be replayed: the house whose ledger has them, and how many there are, from when to when.

    ``skipped`` says why others are not there. ``in_ledger`` says that the ids of posts are those of the team's ledger,
    where their words can be looked up. ``named`` are blow-ups that the material itself knows of.
    """

    title: str
    house: House
    posts: int
    first: datetime | None
    last: datetime | None
    brands: tuple[str, ...]
    is_polled: bool
    skipped: Mapping[str, int]
    in_ledger: bool = False
    named: tuple[BlowUp, ...] = ()


class Workshop:
    """A temporary folder with empty ledgers; all of it is gone when the backtest ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0
        self._open: list[House] = []

    @cached_property
    def _blank(self) -> Path:
        file = self._folder / "blank.db"
        with closing(Ledger(f"sqlite:///{file}")) as ledger:
            ledger.migrate()
            ledger.empty_log()
        return file

    def house(
        self, settings: Settings, now: Callable[[], datetime], sources: Mapping[str, SourceConfig] | None = None
    ) -> House:
        """A house over a new ledger that reaches nobody: it has no people, no channels and no sources but these."""
        self._made += 1
        file = self._folder / f"{self._made}.db"
        shutil.copyfile(self._blank, file)
        file.chmod(0o600)
        alone: dict[str, Any] = {
            "ledger": LedgerSection(url=SecretStr(f"sqlite:///{file}")),
            "people": {},
            "channels": {},
            "sources": dict(sources or {}),
            "escalation": Escalation.model_validate({}),
            "rota": RotaConfig.model_validate({}),
            "hours": BusinessHours.model_validate({}),
        }
        self._open.append(House(settings.model_copy(update=alone), now))
        return self._open[-1]

    def close(self) -> None:
        """Close all houses."""
        for house in self._open:
            house.close()

    def forget(self, house: House) -> None:
        """Close a house and remove its ledger."""
        self._open.remove(house)
        file = Path(house.settings.ledger.url.get_secret_value().removeprefix("sqlite:///"))
        house.close()
        for part in self._folder.glob(f"{file.name}*"):
            part.unlink()


@contextmanager
def workshop() -> Iterator[Workshop]:
    """A workshop that only its owner can look into; what killed ones left behind is removed first."""
    _clear_up()
    with (
        tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as folder,
        closing(Workshop(Path(folder))) as shop,
    ):
        yield shop


def _clear_up() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdecimal() and not _runs(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def from_ledger(shop: Workshop, house: House, chosen: Chosen, progress: Progress) -> Tape:
    """The scored posts of the team's ledger with the scores that they have; what was deleted is not replayed."""
    alone = shop.house(house.settings, house.now)
    with house.ledger.read() as source, alone.ledger.write() as tape:
        for number in replaying.copy(source, tape, chosen):
            progress("copy", number)
    return replace(_wound(alone, "the ledger", chosen), in_ledger=True)


def from_file(shop: Workshop, house: House, file: str, chosen: Chosen, progress: Progress) -> Tape:
    """The posts of a file, or of the configured source of that name, scored now by the models of the house."""
    name, source, configured = _file_source(house.settings, file)
    alone = shop.house(_only(house.settings, chosen.brand), clock, {name: source})
    swept = collect(alone.ledger, alone.source(name), Query(), alone.brands, alone.now)
    if swept is not None and swept.error is not None:
        raise swept.error
    progress("collect", swept.found if swept else 0)
    _score(alone, house.scorer, progress)
    # Posts of a file that no source reads may have the ids of others in the ledger.
    return replace(_wound(alone, Path(file).name, chosen), in_ledger=configured)


def from_drill(shop: Workshop, house: House, story: str, progress: Progress) -> Tape:
    """The drill with all its stories, read again as often as a source is, and what is known of one of them."""
    known = _known(story)
    time = [DRILL_START]
    told = {"kind": DRILL, "start": DRILL_START, "speed": _DRILL_SPEED}
    brands = {BRAND: Brand.model_validate({"names": _DRILL_NAMES, "own_accounts": [BRAND.casefold()]})}
    alone = shop.house(
        house.settings.model_copy(update={"brands": brands}),
        lambda: time[0],
        {DRILL: SourceConfig.model_validate(told)},
    )
    source = alone.source(DRILL)
    while time[0] <= DRILL_START + timedelta(seconds=ROUND / _DRILL_SPEED):
        swept = collect(alone.ledger, source, Query(), alone.brands, alone.now)
        refresh(alone.ledger, source, alone.now)
        progress("collect", swept.new if swept else 0)
        time[0] += _DRILL_POLL
    _score(alone, alone.scorer, progress)
    post, when, article = (_uid(key) for key in (known.post, known.when, known.article))
    tape = _wound(alone, f"the drill, {story}", Chosen())
    with tape.house.ledger.read() as tx:
        moments = {By.GIVEN: replaying.first_known(tx, when), By.ARTICLE: replaying.first_known(tx, article)}
    return replace(tape, named=tuple(BlowUp(BRAND, post, at, by, name=story) for by, at in moments.items() if at))


def _uid(key: str) -> str:
    return f"{DRILL}:{native_id_of(key, DRILL_START, 0)}"


def _score(alone: House, scorer: Scorer, progress: Progress) -> None:
    with closing(score_all(alone.ledger, scorer, alone.now)) as batches:
        for number in batches:
            progress("score", number)


def _wound(alone: House, title: str, chosen: Chosen) -> Tape:
    with alone.ledger.write() as tx:
        replaying.wind(tx, chosen)
    with alone.ledger.read() as tx:
        number, first, last = replaying.extent(tx)
        skipped = {row.reason: int(row._mapping["count"]) for row in sweeps.skipped(tx)}
        brands = tuple(replaying.brands_on(tx))
        return Tape(title, alone, number, first, last, brands, replaying.is_polled(tx), skipped)


def _file_source(settings: Settings, file: str) -> tuple[str, SourceConfig, bool]:
    """The name and the options of a file: those of the source that reads it, and whether the settings have one."""
    path = Path(file).expanduser().absolute()
    for name, source in settings.sources.items():
        theirs = settings.home / Path(str(source.options.get("path", ""))).expanduser()
        if source.kind == FILE and (file == name or theirs == path):
            at_once = {key: value for key, value in source.options.items() if key != "speed"}
            return name, source.model_copy(update={"options": at_once}), True
    if not path.is_file():
        raise BadSettings(f"there is no file {file}", remedy="Give a file, or the name of a source that reads files.")
    return FILE, SourceConfig.model_validate({"kind": FILE, "path": str(path)}), False


def _only(settings: Settings, brand: str | None) -> Settings:
    kept = {name: one for name, one in settings.brands.items() if brand in {None, name}}
    return settings.model_copy(update={"brands": kept})


def _known(story: str) -> KnownBlowUp:
    if story not in blow_ups():
        remedy = did_you_mean(story, blow_ups()) or f"There are: {', '.join(blow_ups())}."
        raise BadSettings(f"there is no story {story!r} of the drill that gets out of hand", remedy=remedy)
    return blow_ups()[story]
