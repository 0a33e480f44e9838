"""``kuula rescore``: every post scored again, as after a change of models."""

from typing import Annotated

import typer

from monitors.bootstrap import House
from monitors.cli.frame import Frame
from monitors.ledger import scoring, setbacks

app = typer.Typer()


@app.command()
def rescore(
    ctx: typer.Context,
    *,
    failed: Annotated[bool, typer.Option("--failed", help="Only the posts that no model could score so far.")] = False,
) -> None:
    """Put every post in line for new scores, as after a change of models.

    Decisions that were made stay, so nobody is alerted again. The scoring itself is done by whoever scores: the DAGs,
    or `kuula run`.
    """
    frame: Frame = ctx.obj
    house = House(frame.settings())
    try:
        with house.ledger.write() as tx:
            waiting = setbacks.score_again(tx) if failed else scoring.rescore_all(tx)
    finally:
        house.close()
    typer.echo(f"{waiting} posts wait for new scores.")
