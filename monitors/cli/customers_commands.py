"""``kuula customers``: what customers are worth, from a list of the team's own."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from monitors.bootstrap import House
from monitors.cli.frame import Frame, console, one_line
from monitors.errors import BadSettings
from monitors.ledger import concessions
from monitors.ledger.concessions import Customer
from monitors.tables.customers import Refused, read_customers

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
    try:
        rows = list(read_customers(file))
    except (ValueError, OSError) as error:
        raise BadSettings(f"{file} cannot be read: {error}", remedy="Name the columns in the first row.") from None
    refused = [row for row in rows if isinstance(row, Refused)]
    out = console()
    for row in refused[:MOST_SHOWN]:
        out.print(one_line(f"{file}:{row.line}: {row.why}"), style="yellow", markup=False)
    good = [
        Customer(row.source, row.account, row.value_per_year, row.since) for row in rows if not isinstance(row, Refused)
    ]
    unknown = sorted({one.source for one in good} - set(settings.sources))
    if unknown:
        out.print(one_line(f"not in the settings: sources {', '.join(unknown)[:200]}"), style="yellow", markup=False)
    count = 0
    with closing(House(settings)) as house:
        for start in range(0, len(good), AT_ONCE):
            # Alerts and pages write in between.
            with house.ledger.write() as tx:
                count += concessions.import_customers(tx, good[start : start + AT_ONCE], ACTOR, house.now())
    typer.echo(f"{count} customers imported, {len(refused)} rows left out.")
