"""``kuula sources``: the kinds there are with their options, a look at what one would bring, a start for a new one."""

import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from monitors import scaffold, sources
from monitors.cli.frame import Frame, console
from monitors.errors import BadSettings
from monitors.http import Http
from monitors.http.budget import NoLimit
from monitors.ports import Can, Query, Window
from monitors.probe import probe
from monitors.settings import environment
from monitors.settings import file as settings_file
from monitors.settings.mistakes import did_you_mean
from monitors.settings.reference import rows

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


@commands.command(name="probe")
def probe_source(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A source of the settings, or a kind of source.")],
    *,
    options: Annotated[list[str] | None, typer.Option("--set", help="key=value, an option of the source.")] = None,
    query: Annotated[str, typer.Option(help="What to search for.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Stop after so many items, skipped ones included.")] = 20,
    hours: Annotated[float | None, typer.Option(help="How far to look back; absent: as far as it goes.")] = None,
) -> None:
    """Show what a source would bring, as JSON Lines: posts, then one line of counts. Nothing is stored."""
    kind, values = _configured(ctx.obj, name)
    if kind not in sources.kinds():
        remedy = did_you_mean(kind, sources.kinds()) or f"The kinds are: {', '.join(sources.kinds())}."
        raise BadSettings(f"there is no source and no kind of source called {kind}", remedy=remedy)
    source_class = sources.load(kind)
    settings = sources.settings_for(kind, values | dict(map(_option, options or [])), name=name)
    now = datetime.now(UTC)
    http = Http(settings, budget=NoLimit(), now=lambda: datetime.now(UTC))
    source = source_class(name, settings, http)
    names = (query,) if query else ()
    asked = Query(query or None, names) if Can.SEARCH in source_class.can else Query(None, names)
    since = _looking_back(hours, now) if hours is not None else None
    for line in probe(source, http, asked, Window(since, now), limit):
        sys.stdout.write(line + "\n")
    if not query and not http.calls and Can.SEARCH in source_class.can:
        raise BadSettings(f"{name} searches, and was given nothing to search for", remedy="Add --query NAME.")


@commands.command(name="new")
def new_source(name: Annotated[str, typer.Argument(help="What to call the kind, for example hackernews.")]) -> None:
    """Begin a new kind of source: write the source, its test and a recorded page, which pass the suite as they are."""
    root = scaffold.checkout(Path.cwd())
    source, test, page = (path.relative_to(root) for path in scaffold.write(root, name))
    out = console()
    out.print(f"Written: {source}, {test}, {page}", markup=False)
    out.print("Next:", markup=False)
    for number, step in enumerate(
        (
            f"Put a page that the service really sent into {page}, and its posts, by hand, into `expected` of {test}.",
            f"Change `collect` and `parse` in {source}, and the fake server in the test, until this passes: "
            f"make try TESTS={test}",
            f"Look at what it brings: kuula sources probe {name} --query NAME",
        ),
        start=1,
    ):
        out.print(f"  {number}. {step}", markup=False)


def _looking_back(hours: float, now: datetime) -> datetime:
    # Written so that "nan" is refused, too.
    if not 0 <= hours <= _LONGEST_LOOK_BACK:
        raise BadSettings(f"--hours cannot be {hours:g}", remedy=f"Use a number from 0 to {_LONGEST_LOOK_BACK}.")
    return now - timedelta(hours=hours)


def _configured(frame: Frame, name: str) -> tuple[str, dict[str, Any]]:
    """Give the kind and options of a source that the settings have; without it, the name is a kind."""
    secrets = environment.secrets({"sources": {name: {}}}, frame.environ).found
    values = {str(key[-1]): value for key, value in secrets.items() if key[:2] == ("sources", name)}
    try:
        settings_file.find(frame.settings_path, frame.environ, Path.cwd())
    except BadSettings:
        if frame.settings_path:
            raise
        return name, values
    config = frame.settings().sources.get(name)
    return (config.kind, config.revealed()) if config else (name, values)


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
