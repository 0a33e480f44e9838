"""A team that tries its policy on the past: settings, models that know two words, and a file of posts."""

import csv
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fakes.pipeline import Reader
from fakes.town import Town
from pydantic import SecretStr

from models.decision import Policy
from models.scores import Scores
from monitors.backtest.report import Backtest, Wish, document
from monitors.backtest.tape import from_ledger, workshop
from monitors.bootstrap import House
from monitors.ledger import backtests
from monitors.ledger.replaying import Chosen
from monitors.settings import Ledger as LedgerSection
from monitors.settings import load

LONG_AGO = datetime(2015, 2, 16, 9, tzinfo=UTC)
SETTINGS = """
[ledger]
url = "{ledger}"
[index]
url = "sqlite:///index.db"
[brands.acme]
names = ["acme"]
own_accounts = ["acme_help"]
[brands.other]
names = ["other"]
[channels.log]
kind = "log"
[people.ann]
channels = ["log"]
"""
DRAFT = Policy(alert_at=80, alert_signals=(), spread_risk=100, story_complaints=50)
"""Alerts on next to nothing."""


def replayed(town: Town, draft: Policy = DRAFT, **changes: Any) -> int:
    """Replay a town's own posts with a draft, and keep the report; gives its number."""
    section = LedgerSection(url=SecretStr(town.ledger.engine.url.render_as_string(hide_password=False)))
    house = House(town.settings.model_copy(update={"ledger": section}), town.clock)
    with workshop() as shop:
        tape = from_ledger(shop, house, Chosen(), quiet)
        report = {**document(Backtest(shop, tape, quiet).run(Wish(draft, size=10))), **changes}
    house.close()
    with town.ledger.write() as tx:
        return backtests.save(tx, "the ledger: alert_at 80", report, "emma", town.clock())


def quiet(_name: str, _count: int) -> None:
    """Nobody watches."""


def team(folder: Path, url: str, scores: Callable[..., Scores]) -> House:
    """Somebody to alert, two brands, and a reader of words in the place of the models."""
    (folder / "kuula.toml").write_text(SETTINGS.format(ledger=url), encoding="utf-8")
    house = House(load(folder / "kuula.toml", {}))
    house.__dict__["scorer"] = Reader(scores)
    return house


def posts_csv(folder: Path) -> Path:
    """Posts of February 2015: a story that swells, dangers, praise, two brands, and rows that are broken."""
    rows: list[Sequence[Any]] = [("id", "created_at", "author", "text", "likes")]
    for number in range(40):
        at = LONG_AGO + timedelta(minutes=11 * number)
        words = ("acme parcel is late at the locker again", "acme is fine today, thank you", "other lost my shoes")
        text = (
            f"danger: the acme oven number {number} exploded and burned my child, I will sue you"
            if number % 13 == 5
            else words[number % 3]
        )
        rows.append((f"{number:03}", at.isoformat(), f"author {number}", text, number % 4))
    rows[20:20] = [("500", "never", "somebody", "acme is bad", 1), ("501", LONG_AGO.isoformat(), "x", "", 1), ("502",)]
    path = folder / "posts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path
