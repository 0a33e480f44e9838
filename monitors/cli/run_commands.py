"""``kuula run``: the whole chain in this process, once or until it is stopped."""

import json
import signal
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from monitors import sources
from monitors.bootstrap import House
from monitors.cli.frame import Frame, console, counting, one_line
from monitors.errors import KuulaError, RetryLater, StopSource
from monitors.garbage import collect_seldom
from monitors.ledger import digest, incidents, judging, outbox, posts, setbacks, sweeps
from monitors.loop import Loop

app = typer.Typer()

_DONE: Mapping[str, str] = {
    setbacks.Stuck.SCORE: "scored",
    setbacks.Stuck.INDEX: "indexed",
    setbacks.Stuck.DELETE: "deleted, because their source says it of nearly all",
}


@app.command()
def run(
    ctx: typer.Context,
    *,
    once: Annotated[bool, typer.Option("--once", help="Drain every source, print what came of it, and end.")] = False,
) -> None:
    """Watch, score, judge and alert in this one process, without Airflow.

    Stop it with Ctrl-C whenever you like: nothing is lost, and it goes on where it stopped.

    With --once a drill tells all its stories at once. The last line is then one JSON object: read, stored, skipped,
    complaints, incidents, alerts. The numbers, also those of the table, are of the whole ledger, so running it again
    on the same input prints the same. Why something was skipped is said below the table.
    """
    collect_seldom()
    frame: Frame = ctx.obj
    house = House(frame.settings(), apart=True, once=once)
    try:
        if once:
            _once(house)
        else:
            _forever(house)
    finally:
        house.close()


def _once(house: House) -> None:
    with counting() as show:
        errors = Loop(house, lambda step: show(step.name, step.count)).once()
    table, totals = _summary(house)
    out = console()
    out.print(table)
    _tell_unheard(house, totals["alerts"])
    _tell_held(house)
    _tell_skips(house)
    _tell_setbacks(house)
    named = [_named(name, error) for name, error in errors]
    for error in named:
        said = f"{str(error).rstrip('.')}. {error.remedy}" if isinstance(error, StopSource) else str(error)
        console(stderr=True).print(f"A source stopped early: {said}", style="red", markup=False)
    typer.echo(json.dumps(totals))
    if named:
        raise _worst(named)


def _named(source: str, error: KuulaError) -> KuulaError:
    """The same error with its source in front: addresses alone do not say which of the settings to look at."""
    said = str(error) if str(error).startswith(f"{source} ") else f"{source}: {error}"
    if isinstance(error, StopSource):
        return StopSource(said, remedy=error.remedy)
    return RetryLater(said, after=error.after) if isinstance(error, RetryLater) else error


def _tell_skips(house: House) -> None:
    """Say why items were skipped, and which sources gave none at all."""
    with house.ledger.read() as tx:
        skips, health = sweeps.skipped(tx), sweeps.health(tx)
    notes = console(stderr=True)
    for row in skips:
        last = ": ".join(filter(None, (one_line(row.last_where), one_line(row.last_detail))))
        example = f"; the last: {last}" if last else ""
        notes.print(f"{row.source}: {row.reason.replace('_', ' ')}, {row.count:,} so far{example}", markup=False)
    for name in dict.fromkeys(row.source for row in skips):
        notes.print(f"To see what it brings: kuula sources probe {name}", markup=False)
    gave = {row.source for row in health if row.read or row.error_kind}
    for name in sorted({row.source for row in health} - gave):
        for doubt in _doubts(house, name):
            notes.print(f"{name}: {doubt}", style="yellow", markup=False)
        said = f"{name} has brought nothing so far. To see what it would bring: kuula sources probe {name}"
        notes.print(said, style="yellow", markup=False)


def _doubts(house: House, name: str) -> Iterator[str]:
    """What a source's settings leave to be desired, such as a file that is empty; it may be in the ledger alone."""
    if config := house.settings.sources.get(name):
        options = sources.settings_for(config.kind, config.revealed(), name=name, home=house.settings.home)
        for option, message, remedy in options.doubts():
            yield f"{option} {message}. {remedy}"


def _tell_unheard(house: House, alerts: int) -> None:
    """Say that alerts reached nobody, where the settings have nobody whom one could reach."""
    people = house.settings.people
    if alerts and not any(people[name].channels for name in house.settings.escalation_order):
        said = 'Nobody is told of alerts: add `[people.NAME]` with `channels = ["..."]` to the settings.'
        console(stderr=True).print(said, style="red", markup=False)


def _tell_held(house: House) -> None:
    """Say how many alerts called nobody because the shift had had enough, and where they are."""
    with house.ledger.read() as tx:
        held = digest.count(tx)
    if held:
        most = house.settings.policy.alerts_per_shift
        alerts = "1 alert waits" if held == 1 else f"{held:,} alerts wait"
        said = f"{alerts} in the digest: at most {most} call people in a shift (`alerts_per_shift` in `[policy]`)."
        console(stderr=True).print(said, style="yellow", markup=False)


def _tell_setbacks(house: House) -> None:
    with house.ledger.read() as tx:
        stuck = setbacks.counts(tx)
    for step, number in stuck.items():
        said = (
            f"Posts that could not be {_DONE[step]}: {number}. `kuula explain` says why, the page on sources names one."
        )
        console(stderr=True).print(said, style="red", markup=False)


def _worst(errors: list[KuulaError]) -> KuulaError:
    """The error that decides the exit code: one that a person must act on, before one that passes."""
    return next((error for error in errors if not isinstance(error, RetryLater)), errors[0])


def _forever(house: House) -> None:
    loop = Loop(house)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.stop.set())
    console(stderr=True).print("Watching. Ctrl-C stops it; nothing is lost.")
    loop.forever()
    console(stderr=True).print("Stopped.")


def _summary(house: House) -> tuple[Any, Mapping[str, int]]:
    from rich.table import Table

    with house.ledger.read() as tx:
        stored, opened = posts.count_by_brand(tx), incidents.count_by_brand(tx)
        outcome, alerts = judging.outcome_by_brand(tx), outbox.alerts_by_brand(tx)
        read, skipped = sweeps.totals(tx)
        kept = posts.count(tx)
    table = Table(title="What came of it, since the ledger began", title_justify="left")
    table.add_column("brand")
    for heading in ("posts", "complaints", "incidents", "alerts"):
        table.add_column(heading, justify="right")
    for brand in sorted(set(stored) | set(house.settings.brands)):
        row = (stored, {brand: outcome.get(brand, {}).get("complaints", 0)}, opened, alerts)
        table.add_row(brand, *(f"{column.get(brand, 0):,}" for column in row))
    totals = {
        "read": read,
        "stored": kept,
        "skipped": skipped,
        "complaints": sum(row["complaints"] for row in outcome.values()),
        "incidents": sum(opened.values()),
        "alerts": sum(alerts.values()),
    }
    return table, totals
