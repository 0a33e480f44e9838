"""``kuula playbook``: check the files of a playbook, and copy ours to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from monitors.cli.frame import Frame, console, one_line
from monitors.errors import BadSettings
from monitors.playbook.library import copy_defaults, read_folder

app = typer.Typer()
commands = typer.Typer(help="Check the playbook of the team, or begin one with ours.", no_args_is_help=True)
app.add_typer(commands, name="playbook")


@commands.command(name="check")
def check_folder(
    ctx: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="Folder with the files; absent: that of the settings.", show_default=False)
    ] = None,
) -> None:
    """Say what is wrong in the files, line by line, and which languages are missing."""
    found, problems = read_folder(folder or _of_settings(ctx.obj))
    out = console()
    for problem in problems:
        out.print(one_line(str(problem)), style="red", markup=False)
    for name in sorted(found):
        for gap in found[name].gaps():
            out.print(one_line(f"warning: {gap}"), style="yellow", markup=False)
    count = f"{len(found)} file{'s' * (len(found) != 1)}"
    if problems:
        out.print(f"{len(problems)} error{'s' * (len(problems) != 1)}; {count} in order.", markup=False)
        raise typer.Exit(2)
    out.print(f"The playbook is in order: {count}.", style="green", markup=False)


@commands.command()
def new(
    ctx: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="Where to; absent: the folder of the settings.", show_default=False)
    ] = None,
) -> None:
    """Copy our files into a folder, for the team to edit; those that are there already stay as they are."""
    place = folder or _of_settings(ctx.obj)
    written = copy_defaults(place)
    typer.echo(f"Copied {len(written)} files to {place}. Edit them, then run: kuula playbook check {place}")
    typer.echo('They are used once kuula.toml says so: [playbook] folder = "playbook", with the name of the folder.')


def _of_settings(frame: Frame) -> Path:
    settings = frame.settings()
    if settings.playbook.folder is None:
        remedy = 'Name a folder, or add `[playbook]` with `folder = "playbook"` to the settings.'
        raise BadSettings("the settings name no folder of the playbook", key="playbook.folder", remedy=remedy)
    return settings.home / settings.playbook.folder
