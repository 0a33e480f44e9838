"""``kuula serve``: the pages, alone."""

import importlib
from typing import Annotated

import typer

from monitors.cli.frame import Frame, console

app = typer.Typer()


@app.command()
def serve(
    ctx: typer.Context,
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on; absent: that of the settings.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port to listen on, 0 for any; absent: that of the settings.")
    ] = None,
) -> None:
    """Serve the pages: overview, incidents, search, health of sources.

    Give yourself a password first: kuula people password NAME
    """
    frame: Frame = ctx.obj
    settings = frame.settings()
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = settings.model_copy(update={"pages": settings.pages.model_copy(update=given)})
    # The pages stand above this layer; they are named, not imported, so that arrows keep going one way.
    importlib.import_module("dashboards.server").serve(settings, _announce)


def _announce(address: str) -> None:
    console(stderr=True).print(f"The pages are at {address}. Ctrl-C stops them.")
