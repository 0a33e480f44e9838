"""The application: its own options, and the table of commands. A new command is a row here and a module beside it."""

import importlib
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from monitors.cli.frame import Frame

_HELP = """
Catch a complaint before it becomes news.

Kuula watches public posts that mention your brand, works out how bad each complaint is and how far it is likely to
spread, and gets a person to answer in time.

**First three commands**

- `kuula init` asks five questions and writes `kuula.toml`
- `kuula check` says what is wrong or missing in it, line by line
- `kuula run` starts watching
"""

_EPILOG = """
**Examples**

- `kuula --settings /etc/kuula/kuula.toml check`
- `kuula sources list`
- `kuula sources probe rss --set 'feeds=["https://example.com/feed.xml"]' --limit 5`
- `kuula COMMAND --help` shows the options of a command

Secrets come from the environment, for example `KUULA_SOURCES_X_BEARER_TOKEN`, or from a file that
`KUULA_SOURCES_X_BEARER_TOKEN_FILE` names.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is: a module whose Typer ``app`` has a command or group of that name, and its one-line help."""

    module: str
    help: str
    panel: str


_MARKUP: Literal["markdown"] = "markdown"
_START, _LOOK, _TEAM = "Start here", "Look closer", "Team and models"

COMMANDS = {
    "init": Entry("monitors.cli.settings_commands", "Ask five questions and write kuula.toml.", _START),
    "check": Entry(
        "monitors.cli.settings_commands", "Say what is wrong or missing in the settings, line by line.", _START
    ),
    "settings": Entry(
        "monitors.cli.settings_commands", "Show the settings in use, or the reference of all of them.", _LOOK
    ),
    "run": Entry(
        "monitors.cli.run_commands", "Watch, score, judge and alert in this one process, without Airflow.", _START
    ),
    "serve": Entry(
        "monitors.cli.serve_commands", "Serve the pages: overview, incidents, search, health of sources.", _START
    ),
    "embedded": Entry(
        "monitors.cli.embedded_commands",
        "Run the whole system on this machine, Airflow and the pages included.",
        _START,
    ),
    "explain": Entry(
        "monitors.cli.explain_commands",
        "Say why a post was alerted, held or dropped: what was read, scored, decided and sent.",
        _LOOK,
    ),
    "backtest": Entry(
        "monitors.cli.backtest_commands",
        "Replay a draft of the policy over the past, and compare it with the present one.",
        _LOOK,
    ),
    "ledger": Entry("monitors.cli.ledger_commands", "Bring the ledger up to date.", _TEAM),
    "rescore": Entry(
        "monitors.cli.score_commands", "Put every post in line for new scores, as after a change of models.", _TEAM
    ),
    "reindex": Entry("monitors.cli.index_commands", "Build the index again from the ledger.", _TEAM),
    "sources": Entry(
        "monitors.cli.sources_commands", "List the kinds of source, try one out, or begin a new one.", _LOOK
    ),
    "rota": Entry(
        "monitors.cli.rota_commands",
        "Say who is on duty at a time, who comes next, and who is called in which order.",
        _LOOK,
    ),
    "people": Entry("monitors.cli.people_commands", "List the people, and give them passwords.", _TEAM),
    "tokens": Entry("monitors.cli.tokens_commands", "Make tokens for other programs, list them, revoke them.", _TEAM),
    "hooks": Entry(
        "monitors.cli.hooks_commands", "List other systems that are told, try one, send again what it refused.", _TEAM
    ),
    "playbook": Entry(
        "monitors.cli.playbook_commands", "Check the playbook of the team, or begin one with ours.", _TEAM
    ),
    "customers": Entry(
        "monitors.cli.customers_commands", "Import what customers are worth, to weigh a concession.", _TEAM
    ),
    "models": Entry(
        "monitors.cli.models_commands", "List the models, train one of your own, compare them, choose one.", _TEAM
    ),
    "evaluate": Entry("monitors.cli.evaluate_commands", "Measure the models on examples with known answers.", _TEAM),
}


class LazyCommand(TyperCommand):
    """Stands for a command in the help, and imports its module when it is called: help must not load everything."""

    def __init__(self, name: str, entry: Entry) -> None:
        super().__init__(name, help=entry.help, rich_help_panel=entry.panel)
        self.entry = entry

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Hand over to the real command."""
        return self.real().make_context(info_name, args, parent=parent, **extra)

    def real(self) -> Any:
        """Import the module and give the command itself."""
        app = importlib.import_module(self.entry.module).app
        # Otherwise a terminal that is narrower than our source breaks each line of a help twice.
        app.rich_markup_mode = _MARKUP
        group = typer.main.get_group(app)
        return group.commands[str(self.name)]


def _show_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"kuula {installed_version('kuula')}")
        raise typer.Exit


def _options(
    ctx: typer.Context,
    *,
    settings: Annotated[
        Path | None,
        typer.Option(
            help="Settings file; absent: KUULA_SETTINGS, else ./kuula.toml, else what `make run` wrote into ./.kuula.",
            show_default=False,
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what is done, not only warnings.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where in the program an error came from.")] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version.", is_eager=True, callback=lambda wanted: _show_version(wanted=wanted)
        ),
    ] = False,
) -> None:
    frame = ctx.ensure_object(Frame)
    frame.settings_path, frame.verbose, frame.debug = settings, verbose, debug


def root() -> TyperGroup:
    """Build the command line."""
    app = typer.Typer(name="kuula", rich_markup_mode=_MARKUP, no_args_is_help=True, add_completion=True)
    app.callback(help=_HELP, epilog=_EPILOG)(_options)
    group = typer.main.get_group(app)
    for name, entry in COMMANDS.items():
        group.add_command(LazyCommand(name, entry))
    return group
