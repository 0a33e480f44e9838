"""``kuula init``, ``kuula check`` and ``kuula settings``: write, check and show what a team has set."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from monitors.check import Report, check
from monitors.cli.frame import Frame, console
from monitors.errors import BadSettings
from monitors.init import Answers, ask, next_steps, write
from monitors.settings.explaining import to_toml
from monitors.settings.file import FILE_NAME, dotted
from monitors.settings.reference import reference

app = typer.Typer()


@app.command(name="init")
def init(
    ctx: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing, take the defaults.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Ask five questions and write kuula.toml."""
    frame: Frame = ctx.obj
    path = frame.settings_path or Path(frame.environ.get("KUULA_SETTINGS") or FILE_NAME)
    if path.exists() and not force:
        raise BadSettings(f"{path} is there already", remedy="Edit it, or write it anew with --force.")
    answers = Answers() if yes else ask(_prompt)
    write(path, answers, force=force)
    typer.echo(f"Wrote {path}. Next, in this order:\n{next_steps(answers, frame.settings_path)}")
    # What is made up about a real brand looks real on the pages and in the figures.
    typer.echo(
        "It watches a simulated network, [sources.drill], for you to practise with:\n"
        f"all posts about {answers.brand} that come from there are made up, and so is what comes of them.\n"
        "Before you watch for real, put a source of your own in its place, and delete .kuula/kuula.db,\n"
        "which keeps what was made up."
    )


def _prompt(text: str, default: str) -> str:
    return str(typer.prompt(text, default=default, show_default=bool(default)))


@app.command(name="check")
def check_settings(ctx: typer.Context) -> None:
    """Say what is wrong or missing in the settings, line by line."""
    frame: Frame = ctx.obj
    report = check(frame.settings_path, frame.environ, Path.cwd())
    out = console()
    for title, style, findings in (("error", "red", report.errors), ("warning", "yellow", report.warnings)):
        for finding in findings:
            out.print(_place(report, finding), style="bold", end=" ", markup=False)
            out.print(f"{title}:", style=style, end=" ")
            out.print(f"{finding}.", markup=False)
            out.print(f"    {finding.remedy}", markup=False)
    out.print(_summary(report), style="red" if report.errors else "green", markup=False)
    if report.errors:
        raise typer.Exit(2)


def _place(report: Report, finding: BadSettings) -> str:
    line = f":{finding.line}" if finding.line else ""
    return f"{report.file.name}{line} {finding.key}".rstrip()


def _summary(report: Report) -> str:
    warnings = f"{len(report.warnings)} warning{'s' * (len(report.warnings) != 1)}"
    if report.settings is None:
        return f"{len(report.errors)} error{'s' * (len(report.errors) != 1)}, {warnings}: {report.file}"
    settings = report.settings
    sources = [name for name, source in settings.sources.items() if source.enabled]
    named = (
        ("brands", settings.brands),
        ("sources", sources),
        ("channels", settings.channels),
        ("people", settings.people),
    )
    counts = "; ".join(f"{what}: {', '.join(items) or 'none'}" for what, items in named)
    return f"The settings are in order ({warnings}). {counts}."


settings = typer.Typer(help="Show the settings in use, or the reference of all of them.", no_args_is_help=True)
app.add_typer(settings, name="settings")


@settings.command(name="show")
def show(ctx: typer.Context) -> None:
    """Show the settings in use, defaults included, secrets masked."""
    frame: Frame = ctx.obj
    for key, value in _leaves(frame.settings().redacted()):
        sys.stdout.write(f"{key} = {to_toml(value)}\n")


def _leaves(values: Mapping[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*before, name) if name != "options" else before)
        elif value is not None:
            yield dotted((*before, name)), value


@settings.command(name="reference")
def show_reference() -> None:
    """Print every setting with its default and what it is for, as Markdown."""
    sys.stdout.write(reference())
