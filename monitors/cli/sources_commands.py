"""``kuula sources``: the kinds there are with their options, a look at what one would bring, a start for a new one."""

import sys
import time
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from monitors import scaffold, sources
from monitors.cli.frame import Frame, console, one_line
from monitors.errors import BadSettings
from monitors.http import Http
from monitors.ports import Can, Query, Window
from monitors.probe import Meter, Trial, probe
from monitors.settings import Settings, environment
from monitors.settings.mistakes import did_you_mean
from monitors.settings.reference import rows

_PROBE_EPILOG = """
**Examples**

- `kuula sources probe x --query Omniva --limit 10` tries the source `x` of the settings
- `kuula sources probe rss --set 'feeds=["https://example.com/feed.xml"]'` tries a kind that no settings have yet
- `kuula sources probe x --query Omniva | grep '"ability"'` leaves the posts out
"""

_NEW_EPILOG = "\n".join(
    (
        "**What a source is able to do**\n",
        *(f"- `{one}`: {one.means}" for one in Can),
        "\nHave one of `search` and `watch`, and any of the others.\n",
        "**Examples**\n",
        "- `kuula sources new hackernews` begins one that finds posts and does nothing else",
        "- `kuula sources new forum --can watch,refresh,follow` begins one that also hears of deletions and answers",
    )
)

app = typer.Typer()
# Ten years.
_LONGEST_LOOK_BACK = 87_600

commands = typer.Typer(help="List the kinds of source, try one out, or begin a new one.", no_args_is_help=True)
app.add_typer(commands, name="sources")


@commands.command(name="list")
def list_kinds() -> None:
    """List the kinds of source: what each is able to do, and its options with their defaults."""
    out = console()
    for kind in sources.kinds():
        try:
            source = sources.load(kind)
        except ImportError as error:
            out.print(f"{kind}: install {error.name} to use it", markup=False)
            continue
        out.print(f"{kind}: {', '.join(sorted(source.can))}", style="bold", markup=False)
        for row in rows(source.Settings):
            default = f" = {row.default}" if row.default else " (must be given)" if row.required else ""
            out.print(f"    {row.key}{default}  {row.description}".rstrip(), markup=False)


@commands.command(name="probe", epilog=_PROBE_EPILOG)
def probe_source(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A source of the settings, or a kind of source.")],
    *,
    options: Annotated[list[str] | None, typer.Option("--set", help="key=value, an option of the source.")] = None,
    query: Annotated[str, typer.Option(help="What to search for.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Stop after so many items, skipped ones included.")] = 20,
    hours: Annotated[float | None, typer.Option(help="How far to look back; absent: as far as it goes.")] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(help="An account of ours, for FOLLOW; absent: `own_accounts` of the settings."),
    ] = None,
) -> None:
    """Show what a source would bring, and whether all that it is able to do works. Nothing is stored or sent.

    It prints JSON Lines: the posts, then a line for each ability of the source, with how much came back and what was
    charged (calls, USD, seconds). REFRESH is tried on posts that were found, FOLLOW below the one of them with most
    replies; REPLY is not, as it would send. What fails is in its line, with the remedy, and makes the exit code 1, or
    75 where it may work later.
    """
    known = ctx.obj.settings_if_any()
    kind, values = _configured(ctx.obj, known, name)
    if kind not in sources.kinds():
        remedy = did_you_mean(kind, sources.kinds()) or f"The kinds are: {', '.join(sources.kinds())}."
        raise BadSettings(f"there is no source and no kind of source called {kind}", remedy=remedy)
    source_class = sources.load(kind)
    settings = sources.settings_for(kind, values | dict(map(_option, options or [])), name=name)
    now = datetime.now(UTC)
    meter = Meter(time.monotonic)
    http = Http(settings, budget=meter, now=lambda: datetime.now(UTC))
    source = source_class(name, settings, http)
    names = (query,) if query else ()
    asked = Query(query or None, names) if Can.SEARCH in source_class.can else Query(None, names)
    since = _looking_back(hours, now) if hours is not None else None
    trial = Trial(asked, Window(since, now), limit, account or (known.own_accounts_at(name) if known else ()))
    for line in probe(source, trial, meter, _progress()):
        sys.stdout.write(line + "\n")
    if not query and not http.calls and Can.SEARCH in source_class.can:
        raise BadSettings(f"{name} searches, and was given nothing to search for", remedy="Add --query NAME.")


@commands.command(name="new", epilog=_NEW_EPILOG)
def new_source(
    name: Annotated[str, typer.Argument(help="What to call the kind, for example hackernews.")],
    *,
    can: Annotated[str, typer.Option(help="What it is able to do, with commas between: see below.")] = Can.SEARCH,
) -> None:
    """Begin a new kind of source: write the source, its test and a recorded page, which pass the suite as they are.

    What is written reads a made-up service, one method for each ability, and its test has that service on this machine.
    """
    root = scaffold.checkout(Path.cwd())
    source, test, page = (path.relative_to(root) for path in scaffold.write(root, name, _abilities(can)))
    out = console()
    out.print(f"Written: {source}, {test}, {page}", markup=False)
    out.print("Next:", markup=False)
    for number, step in enumerate(
        (
            f"Put a page that the service really sent into {page}, and its posts, by hand, into `expected` of {test}.",
            f"Change the methods in {source}, and the fake server in the test, until this passes: "
            f"make try TESTS={test}",
            f"See whether it all works on the service itself: kuula sources probe {name} --query NAME",
            "Before it is committed: make format check",
        ),
        start=1,
    ):
        out.print(f"  {number}. {step}", markup=False)


def _abilities(text: str) -> set[Can]:
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    if unknown := next((name for name in names if name not in set(Can)), None):
        remedy = did_you_mean(unknown, list(Can)) or f"Use some of: {', '.join(Can)}."
        raise BadSettings(f"there is no ability called {unknown}", remedy=remedy)
    return {Can(name) for name in names}


def _looking_back(hours: float, now: datetime) -> datetime:
    # Written so that "nan" is refused, too.
    if not 0 <= hours <= _LONGEST_LOOK_BACK:
        raise BadSettings(f"--hours cannot be {hours:g}", remedy=f"Use a number from 0 to {_LONGEST_LOOK_BACK}.")
    return now - timedelta(hours=hours)


def _configured(frame: Frame, settings: Settings | None, name: str) -> tuple[str, dict[str, Any]]:
    """Give the kind and options of a source that the settings have; without it, the name is a kind."""
    if settings and (config := settings.sources.get(name)):
        return config.kind, config.revealed()
    secrets = environment.secrets({"sources": {name: {}}}, frame.environ).found
    return name, {str(key[-1]): value for key, value in secrets.items() if key[:2] == ("sources", name)}


def _progress() -> Callable[[str], None]:
    """Say what begins on a terminal, and nothing to a file or a pipe."""
    notes = console(stderr=True)
    return lambda text: notes.print(one_line(text), style="dim", markup=False) if notes.is_terminal else None


def _option(text: str) -> tuple[str, Any]:
    """Read ``key=value``; a value in brackets or braces is TOML, anything else is taken as it is."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise BadSettings("--set needs key=value", remedy="For example: --set path=posts.csv")
    if value.startswith(("[", "{")):
        try:
            return key.strip(), tomllib.loads(f"value = {value}")["value"]
        except ValueError:
            raise BadSettings(f"the value of --set {key} is not TOML", remedy='For example: ["one", "two"]') from None
    return key.strip(), value
