"""``kuula customers``: what customers are worth, from a list of the team's own."""

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from monitors.bootstrap import House
from monitors.cli.frame import Frame, console, one_line
from monitors.errors import BadSettings
from monitors.ledger import concessions
from monitors.ledger.concessions import Customer
from monitors.tables.customers import CustomerRow, Refused, read_customers
from monitors.tables.text import DAMAGED

ACTOR = "command line"
MOST_SHOWN = 20
AT_ONCE = 20_000
"""Rows of a list that one transaction writes."""

app = typer.Typer()
commands = typer.Typer(help="Import what customers are worth, to weigh a concession.", no_args_is_help=True)
app.add_typer(commands, name="customers")


@commands.callback()
def customers() -> None:
    """Import what customers are worth, to weigh a concession."""


@commands.command(name="import")
def import_list(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV, JSON Lines or Parquet: source, account, value_per_year and since (may be empty).",
            exists=True,
            dir_okay=False,
        ),
    ],
) -> None:
    """Add customers, or replace what was known of them."""
    frame: Frame = ctx.obj
    settings = frame.settings()
    refused, sources = _looked_through(file)
    unknown = sorted(sources - set(settings.sources))
    if unknown:
        told = one_line(f"not in the settings: sources {', '.join(unknown)[:200]}")
        console().print(told, style="yellow", markup=False)
    count = 0
    good = (
        Customer(row.source, row.account, row.value_per_year, row.since)
        for row in _rows(file)
        if not isinstance(row, Refused)
    )
    with closing(House(settings)) as house:
        while some := list(islice(good, AT_ONCE)):
            # Alerts and pages write in between.
            with house.ledger.write() as tx:
                count += concessions.import_customers(tx, some, ACTOR, house.now())
    typer.echo(f"{count} customers imported, {refused} rows left out.")


def _looked_through(file: Path) -> tuple[int, set[str]]:
    """How many rows of a list are left out, with the first of them printed, and the sources that the others name.

    It is read once before anything is written, so that a list which ends in the middle changes nothing, and none of it
    is kept: a list of all customers is long.
    """
    refused, sources = 0, set[str]()
    for row in _rows(file):
        if not isinstance(row, Refused):
            sources.add(row.source)
            continue
        refused += 1
        if refused <= MOST_SHOWN:
            console().print(one_line(f"{file}:{row.line}: {row.why}"), style="yellow", markup=False)
    return refused, sources


def _rows(file: Path) -> Iterator[CustomerRow | Refused]:
    try:
        yield from read_customers(file)
    except (ValueError, OSError, *DAMAGED) as error:
        raise BadSettings(f"{file} cannot be read: {error}", remedy="Name the columns in the first row.") from None
