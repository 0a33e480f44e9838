"""``kuula embedded``: the whole system on this machine."""

import os
from pathlib import Path

import typer

from monitors.embedded.run import run

app = typer.Typer()


@app.command()
def embedded() -> None:
    """Run the whole system on this machine, Airflow and the pages included.

    This is what `make run` starts. It uses kuula.toml of this folder, or writes one into .kuula; all that it makes is
    there too. Ctrl-C stops everything; nothing is lost.
    """
    run(Path.cwd(), os.environ)
