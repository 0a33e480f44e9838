"""``kuula tokens``: what lets other programs ask and act by the API."""

from contextlib import closing
from datetime import timedelta
from typing import Annotated

import typer

from monitors.bootstrap import House
from monitors.cli.frame import Frame, console
from monitors.cli.people_commands import ACTOR
from monitors.errors import BadSettings
from monitors.ledger import api_tokens
from monitors.ledger.api_tokens import LONGEST_NAME, NewToken, Scope
from monitors.ledger.refusals import NotPossible
from monitors.settings.mistakes import did_you_mean

app = typer.Typer()
commands = typer.Typer(help="Make tokens for other programs, list them, revoke them.", no_args_is_help=True)
app.add_typer(commands, name="tokens")

_SCOPES = ", ".join(scope.value for scope in Scope)


@commands.command(name="new")
def new_token(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What the program is called in the logs.")],
    *,
    scope: Annotated[list[str], typer.Option(help=f"What it may do; once for each: {_SCOPES}.", show_default=False)],
    days: Annotated[int, typer.Option(min=0, max=3650, help="Days that it works; 0: until it is revoked.")] = 90,
) -> None:
    """Make a token and print it, this once.

    `kuula tokens new crm --scope incidents:read --scope incidents:write`
    """
    frame: Frame = ctx.obj
    settings = frame.settings()
    scopes = [_scope(one) for one in scope]
    if not name.strip() or len(name) > LONGEST_NAME:
        raise BadSettings("that is not a name", remedy=f"Use 1 to {LONGEST_NAME} letters.")
    with closing(House(settings)) as house:
        now = house.now()
        until = now + timedelta(days=days) if days else None
        try:
            with house.ledger.write() as tx:
                made = api_tokens.make(tx, NewToken(name, scopes, until), ACTOR, now)
        except NotPossible as error:
            raise BadSettings(str(error), remedy=f"Take another name, or `kuula tokens revoke {name}` first.") from None
    typer.echo(made)


@commands.command(name="list")
def list_tokens(ctx: typer.Context) -> None:
    """List the tokens, what each may do, until when, when it was last used, and which stopped as its maker left."""
    frame: Frame = ctx.obj
    out = console()
    with closing(House(frame.settings())) as house, house.ledger.read() as tx:
        lasting = [row for row in api_tokens.everything(tx) if api_tokens.lasts(row, house.now())]
        if not lasting:
            out.print("There is no token. Let a program in: kuula tokens new NAME --scope incidents:read", markup=False)
        for row in lasting:
            until = f"until {row.expires_at:%Y-%m-%d %H:%M} UTC" if row.expires_at else "until it is revoked"
            used = f"last used {row.used_at:%Y-%m-%d %H:%M} UTC" if row.used_at else "not used yet"
            gone = f"; stopped: {row.made_by} is no admin any more" if api_tokens.stopped(row) else ""
            out.print(f"{row.name}: {', '.join(row.scopes)}; {until}; {used}{gone}", markup=False)


@commands.command()
def revoke(ctx: typer.Context, name: Annotated[str, typer.Argument(help="What the program is called.")]) -> None:
    """Let a token work no more."""
    frame: Frame = ctx.obj
    with closing(House(frame.settings())) as house, house.ledger.write() as tx:
        lasting = {row.name: row for row in api_tokens.everything(tx) if api_tokens.lasts(row, house.now())}
        if name not in lasting:
            remedy = did_you_mean(name, lasting) or "See `kuula tokens list`."
            raise BadSettings(f"no token called {name} works", remedy=remedy)
        api_tokens.revoke(tx, lasting[name].id, ACTOR, house.now())
    typer.echo(f"The token of {name} works no more.")


def _scope(name: str) -> Scope:
    try:
        return Scope(name)
    except ValueError:
        known = [scope.value for scope in Scope]
        raise BadSettings(f"there is no scope {name}", remedy=did_you_mean(name, known) or f"Use {_SCOPES}.") from None
