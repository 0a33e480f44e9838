"""Which posts blew up: those that somebody lists in a file, and those that the posts themselves show."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.backtest import BlowUp, By, Rule, stories_that_reached, stories_that_swelled
from monitors.backtest.replay import Replayed
from monitors.backtest.tape import Tape
from monitors.errors import BadSettings
from monitors.ledger import replaying
from monitors.ledger.engine import Tx
from monitors.tables.cells import read_time
from monitors.tables.files import open_table
from monitors.tables.rows import BadRow, Place
from monitors.tables.text import DAMAGED

SIZE_FACTOR = 10
"""How many times the policy's ``spread_to`` makes a blow-up, unless somebody says how large one is."""

COMPLAINTS_FACTOR = 2
"""How many times the policy's ``story_complaints`` make one, where nobody knows how far posts spread."""

_LONGEST_NAME = 200
_COLUMNS = ("post", "story", "text")
_NEEDED = "Give columns `post` (its id), `story` or `text`, and `blew_up_at`; `name` and `brand` if you like."


@dataclass(slots=True)
class Listed:
    """The blow-ups of a list, and why other rows of it are none."""

    blow_ups: list[BlowUp] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def listed(file: Path, tape: Tape) -> Listed:
    """Read a list of blow-ups: a CSV or JSON Lines file with a row for each."""
    found = Listed()
    try:
        with open_table(file) as table, tape.house.ledger.read() as tx:
            if table.columns and not ({"blew_up_at"} <= {*table.columns} and {*_COLUMNS} & {*table.columns}):
                raise BadSettings(f"{file.name} does not say what blew up and when", remedy=_NEEDED)
            for row in table.rows(Place()):
                if isinstance(row, BadRow):
                    found.left_out[row.reason] += 1
                else:
                    _take(found, row.values, tape, tx)
    except (OSError, ValueError, *DAMAGED) as error:
        raise BadSettings(f"{file.name} cannot be read: {error}", remedy=_NEEDED) from error
    if not found.blow_ups:
        why = ", ".join(f"{reason.replace('_', ' ')}: {number}" for reason, number in found.left_out.items())
        raise BadSettings(f"{file.name} names no blow-up of these posts ({why or 'it is empty'})", remedy=_NEEDED)
    return found


def _take(found: Listed, values: Mapping[str, Any], tape: Tape, tx: Tx) -> None:
    try:
        at = read_time(values.get("blew_up_at"))
    except ValueError:
        found.left_out["bad_time"] += 1
        return
    brand = str(values.get("brand") or "")
    brands = [one for one in tape.brands if brand in {"", one}]
    meant = next((pairs for pairs in _meant(tx, brands, values) if pairs), [])
    if not meant:
        found.left_out["not_found"] += 1
    name = str(values.get("name") or "")[:_LONGEST_NAME]
    found.blow_ups += [BlowUp(about, uid, at, By.GIVEN, name=name) for about, uid in meant]


def _meant(tx: Tx, brands: list[str], values: Mapping[str, Any]) -> Iterator[list[tuple[str, str]]]:
    for column in ("post", "story"):
        if value := str(values.get(column) or "").strip():
            yield replaying.find(tx, brands, uid=value)
            yield replaying.find(tx, brands, native_id=value)
    for column in ("text", "story"):
        if value := str(values.get(column) or "").strip():
            yield replaying.find(tx, brands, text=value)


def rule_for(tape: Tape, played: Replayed, size: int | None, complaints: int | None) -> Rule:
    """How to find blow-ups: by the size where counts were read again and again, else by complaints; and by articles."""
    policy = played.policy
    if complaints is None and (size is not None or tape.is_polled):
        return Rule((By.SIZE, By.ARTICLE), size=size or policy.spread_to * SIZE_FACTOR)
    number = complaints or policy.story_complaints * COMPLAINTS_FACTOR
    return Rule((By.COMPLAINTS, By.ARTICLE), complaints=number)


def found(tape: Tape, played: Replayed, rule: Rule) -> list[BlowUp]:
    """The stories of a replay that blew up by a rule, each at the first moment at which it did."""
    blow_ups: list[BlowUp] = []
    with played.house.ledger.read() as tx:
        for brand in tape.brands:
            earliest: dict[str, BlowUp] = {}
            for one in _of_brand(tx, brand, rule):
                if one.post not in earliest or one.at < earliest[one.post].at:
                    earliest[one.post] = one
            blow_ups += earliest.values()
    return sorted(blow_ups, key=lambda one: (one.at, one.brand, one.post))


def _of_brand(tx: Tx, brand: str, rule: Rule) -> Iterator[BlowUp]:
    if rule.size is not None:
        began = replaying.beginnings(tx, brand)
        for story, (at, most) in stories_that_reached(replaying.counted(tx, brand), rule.size, began).items():
            yield BlowUp(brand, story, at, By.SIZE, most)
    if rule.complaints is not None:
        for story, at in stories_that_swelled(replaying.complaints(tx, brand), rule.complaints).items():
            yield BlowUp(brand, story, at, By.COMPLAINTS, rule.complaints)
    if By.ARTICLE in rule.by:
        yield from (BlowUp(brand, story, at, By.ARTICLE) for story, at in replaying.articles(tx, brand).items())
