"""``kuula people``: who is in the settings and may sign in, and their passwords, which only the ledger has."""

import secrets
import sys
from contextlib import closing
from typing import Annotated

import typer

from monitors.bootstrap import House
from monitors.cli.frame import Frame, console
from monitors.errors import BadSettings
from monitors.ledger import people as ledger_people
from monitors.passwords import SHORTEST, hashed
from monitors.settings.mistakes import did_you_mean

ACTOR = "command line"

app = typer.Typer()
commands = typer.Typer(help="List the people, and give them passwords.", no_args_is_help=True)
app.add_typer(commands, name="people")


@commands.command(name="list")
def list_people(ctx: typer.Context) -> None:
    """List the people of the settings, and whether they have a password to sign in with."""
    settings = ctx.obj.settings()
    out = console()
    with closing(House(settings)) as house, house.ledger.read() as tx:
        for name, person in settings.people.items():
            password = "may sign in" if ledger_people.password_of(tx, name) else "no password yet"
            reached = ", ".join(person.channels) or "no channel"
            out.print(
                f"{name}: {person.display or name}, {person.role}, {person.language}, {reached}; {password}",
                markup=False,
            )


@commands.command(name="password")
def give_password(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help=r"The name of their table in \[people].")],
    *,
    generate: Annotated[bool, typer.Option("--generate", help="Make one up and print it.")] = False,
    from_input: Annotated[bool, typer.Option("--stdin", help="Read it from standard input, for scripts.")] = False,
) -> None:
    """Give somebody a new password; all their sessions end."""
    frame: Frame = ctx.obj
    settings = frame.settings()
    if name not in settings.people:
        remedy = did_you_mean(name, settings.people) or f"Add `[people.{name}]` to the settings first."
        raise BadSettings(f"there is nobody called {name} in the settings", remedy=remedy)
    password = _made_up() if generate else _read() if from_input else _typed()
    if len(password) < SHORTEST:
        raise BadSettings("the password is too short", remedy=f"Choose one of at least {SHORTEST} characters.")
    with closing(House(settings)) as house, house.ledger.write() as tx:
        ledger_people.set_password(tx, name, hashed(password), ACTOR, house.now())
    typer.echo(f"The new password of {name} is: {password}" if generate else f"{name} has a new password.")


def _made_up() -> str:
    return secrets.token_urlsafe(12)


def _read() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _typed() -> str:
    return str(typer.prompt("New password", hide_input=True, confirmation_prompt=True))
