"""``kuula ledger``: the tables brought up to date before anything that uses them starts."""

from contextlib import closing

import typer

from monitors.bootstrap import House
from monitors.cli.frame import Frame

app = typer.Typer()
commands = typer.Typer(help="Bring the ledger up to date.", no_args_is_help=True)
app.add_typer(commands, name="ledger")


@commands.callback()
def ledger() -> None:
    """Bring the ledger up to date."""


@commands.command()
def migrate(ctx: typer.Context) -> None:
    """Make or change the ledger's tables for this version, and enter the people of the settings.

    Everything that opens the ledger does this too. Where many processes start at once, one does it before them.
    """
    frame: Frame = ctx.obj
    with closing(House(frame.settings())) as house, house.ledger.read():
        typer.echo("The ledger is up to date.")
