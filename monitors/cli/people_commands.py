"""``kuula people``: who is in the settings and may sign in, and their passwords, which only the ledger has."""

import secrets
from datetime import UTC, datetime
from typing import Annotated

import typer

from monitors.cli.frame import Frame, console
from monitors.errors import BadSettings
from monitors.ledger import people as ledger_people
from monitors.ledger.engine import Ledger
from monitors.passwords import SHORTEST, hashed
from monitors.settings import Person, Settings
from monitors.settings.mistakes import did_you_mean

ACTOR = "command line"

app = typer.Typer()
commands = typer.Typer(help="List the people, and give them passwords.", no_args_is_help=True)
app.add_typer(commands, name="people")


@commands.command(name="list")
def list_people(ctx: typer.Context) -> None:
    """List the people of the settings, and whether they have a password to sign in with."""
    settings = ctx.obj.settings()
    ledger = _ledger(settings)
    out = console()
    with ledger.read() as tx:
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
    name: Annotated[str, typer.Argument(help="The name of their table in [people].")],
    *,
    generate: Annotated[bool, typer.Option("--generate", help="Make one up and print it.")] = False,
) -> None:
    """Give somebody a new password; all their sessions end."""
    frame: Frame = ctx.obj
    settings = frame.settings()
    person = settings.people.get(name)
    if person is None:
        remedy = did_you_mean(name, settings.people) or f"Add `[people.{name}]` to the settings first."
        raise BadSettings(f"there is nobody called {name} in the settings", remedy=remedy)
    password = (
        secrets.token_urlsafe(12)
        if generate
        else str(typer.prompt("New password", hide_input=True, confirmation_prompt=True))
    )
    if len(password) < SHORTEST:
        raise BadSettings("the password is too short", remedy=f"Choose one of at least {SHORTEST} characters.")
    now = datetime.now(UTC)
    with _ledger(settings).write() as tx:
        ledger_people.save(tx, known(name, person), ACTOR, now)
        ledger_people.set_password(tx, name, hashed(password), ACTOR, now)
    typer.echo(f"The new password of {name} is: {password}" if generate else f"{name} has a new password.")


def known(name: str, person: Person) -> ledger_people.Person:
    """Give a person of the settings as the ledger knows people."""
    role = ledger_people.Role(person.role)
    return ledger_people.Person(name, person.display or name, role, person.language, person.timezone, person.channels)


def _ledger(settings: Settings) -> Ledger:
    ledger = Ledger(settings.ledger.url.get_secret_value())
    ledger.migrate()
    return ledger
