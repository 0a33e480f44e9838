"""``kuula hooks``: other systems that are told of events."""

from contextlib import closing
from typing import Annotated

import typer

from monitors.bootstrap import House
from monitors.cli.frame import Frame, console
from monitors.cli.people_commands import ACTOR
from monitors.errors import BadSettings, KuulaError
from monitors.hooks import Happened, Teller
from monitors.ledger import hook_deliveries
from monitors.settings import Settings
from monitors.settings.mistakes import did_you_mean

app = typer.Typer()
commands = typer.Typer(
    help="List other systems that are told, try one, send again what it refused.", no_args_is_help=True
)
app.add_typer(commands, name="hooks")
Name = Annotated[str, typer.Argument(help=r"The name of its table in \[hooks].")]


@commands.command(name="list")
def list_hooks(ctx: typer.Context) -> None:
    """List them: what waits for each, what was given up, and when it was last told."""
    frame: Frame = ctx.obj
    settings = frame.settings()
    out = console()
    with closing(House(settings)) as house, house.ledger.read() as tx:
        states, sent = hook_deliveries.states(tx), hook_deliveries.last_sent(tx)
        if not settings.hooks:
            out.print("There is no hook. Other systems are told of incidents by a table [hooks.NAME].", markup=False)
        for name, hook in settings.hooks.items():
            counted = states.get(name, {})
            told = f"last told {sent[name]:%Y-%m-%d %H:%M} UTC" if sent.get(name) else "told of nothing yet"
            stopped = "; it refuses us" if counted.get(hook_deliveries.STOPPED) else ""
            sent_wait_dead = (counted.get(state, 0) for state in ("sent", "queued", "dead"))
            numbers = "{} sent, {} wait, {} given up".format(*sent_wait_dead)
            out.print(f"{name}: {hook.recipe}; {numbers}; {told}{stopped}", markup=False)


@commands.command()
def test(ctx: typer.Context, name: Name) -> None:
    """Tell it of an incident that is made up, now: a plain hook gets an event, a ticket system a ticket."""
    frame: Frame = ctx.obj
    settings = frame.settings()
    _known(settings, name)
    with closing(House(settings)) as house:
        teller = house.tellers[name]
        try:
            confirmed = teller.tell(_made_up(teller, settings))
        except KuulaError as error:
            remedy = str(getattr(error, "remedy", "")) or "Try again later; the README of hooks has the recipes."
            raise BadSettings(f"{name} did not take it: {error}", key=f"hooks.{name}", remedy=remedy) from None
    ticket = f"; its ticket is {confirmed.reference}" if confirmed.reference else ""
    typer.echo(f"{name} answered {confirmed.status}{ticket}.")


@commands.command()
def resend(ctx: typer.Context, name: Name) -> None:
    """Send again what it refused or did not take in time."""
    frame: Frame = ctx.obj
    settings = frame.settings()
    _known(settings, name)
    with closing(House(settings)) as house, house.ledger.write() as tx:
        number = hook_deliveries.resend(tx, name, ACTOR, house.now())
    typer.echo(f"{number} will be sent again.")


def _known(settings: Settings, name: str) -> None:
    if name not in settings.hooks:
        remedy = did_you_mean(name, settings.hooks) or f"Add `[hooks.{name}]` to the settings first."
        raise BadSettings(f"there is no hook {name!r} in the settings", remedy=remedy)


def _made_up(teller: Teller, settings: Settings) -> Happened:
    now = teller.now()
    incident = {
        "id": 0,
        "brand": next(iter(settings.brands), "a brand"),
        "status": "open",
        "reason": "a test",
        "risk": 0.0,
        "severity": 0,
        "language": "en",
        "posts": 0,
        "headline": "This is a test of the hook: nobody complained.",
        "post": None,
        "post_url": None,
        "assignee": None,
        "acknowledged_by": None,
        "verdict": None,
    }
    key = f"test {now:%Y%m%d%H%M%S}"
    return Happened(key, 0, "opened", now, "kuula", {"test": True}, incident, settings.pages.address)
