"""``kuula reindex``: the index built again from the ledger."""

from typing import Annotated

import typer

from monitors.bootstrap import House
from monitors.cli.frame import Frame, console
from monitors.ledger import indexing, leases, setbacks
from monitors.pipeline.index import index_waiting

app = typer.Typer()

STEP = 500


@app.command()
def reindex(
    ctx: typer.Context,
    *,
    clear: Annotated[
        bool, typer.Option("--clear", help="Empty the index first, as after a change of its form.")
    ] = False,
) -> None:
    """Build the index again from the ledger.

    It can be interrupted with Ctrl-C and goes on where it stopped. Searching works meanwhile; alerts never need it.
    """
    frame: Frame = ctx.obj
    house = House(frame.settings())
    from rich.progress import Progress

    try:
        with house.ledger.write() as tx:
            # A rebuild that was killed held posts in line.
            leases.release_dead(tx)
            state = indexing.begin_rebuild(tx)
        if clear and state.done == 0:
            house.index.clear()
            house.index.prepare()
        with Progress(console=console(stderr=True)) as progress:
            task = progress.add_task("Indexing", total=state.total, completed=state.done)
            while True:
                with house.ledger.write() as tx:
                    queued = indexing.rebuild_step(tx, house.now(), STEP)
                while index_waiting(house.ledger, house.index, house.now):
                    pass
                if not queued:
                    break
                progress.advance(task, queued)
        house.index.refresh()
        with house.ledger.read() as tx:
            refused = setbacks.counts(tx).get(setbacks.Stuck.INDEX, 0)
        typer.echo(f"{state.total - refused} posts are in the index.")
        if refused:
            typer.echo(f"The index refuses {refused} posts; `kuula explain` says why.", err=True)
    finally:
        house.close()
