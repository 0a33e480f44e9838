"""``kuula backtest``: what a draft of the policy would have alerted on, and what it would have missed."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from monitors.backtest.draft import draft_of
from monitors.backtest.report import Backtest, Report, Wish, document
from monitors.backtest.tape import Tape, Workshop, from_drill, from_file, from_ledger, workshop
from monitors.bootstrap import House
from monitors.cli.backtest_tables import json_lines, tables
from monitors.cli.frame import Frame, console, counting
from monitors.cli.people_commands import ACTOR
from monitors.errors import BadSettings
from monitors.garbage import collect_seldom
from monitors.ledger import backtests
from monitors.ledger.replaying import Chosen
from monitors.settings import Settings
from monitors.settings.mistakes import did_you_mean
from monitors.tables.cells import read_time

app = typer.Typer()

_EPILOG = """
**Examples**

- `kuula backtest --set alert_at=40` replays all that the ledger has, with another level
- `kuula backtest --days 30 --policy draft.toml` replays a month with the `[policy]` of a file
- `kuula backtest posts.csv --blowups known.csv` replays an export, and says which of the listed blow-ups were caught
- `kuula backtest --drill viral` replays a made-up story that gets out of hand, without any settings
"""


@app.command(epilog=_EPILOG)
def backtest(
    ctx: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            help="Posts of a file, or the name of a source that reads files; absent: those of the ledger.",
            show_default=False,
        ),
    ] = None,
    *,
    brand: Annotated[str | None, typer.Option(help="Only posts about this brand.", show_default=False)] = None,
    since: Annotated[str | None, typer.Option(help="Only posts from this time on, UTC.", show_default=False)] = None,
    until: Annotated[str | None, typer.Option(help="Only posts before this time, UTC.", show_default=False)] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36_525, help="Only the last days of the ledger.", show_default=False)
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            help="A TOML file whose `[policy]` is the draft; what it leaves out stays as it is.",
            show_default=False,
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="key=value, a setting of the draft. Can be given again.")
    ] = None,
    blowups: Annotated[
        Path | None,
        typer.Option(
            help="Known blow-ups, as CSV or JSON Lines: `post`, `story` or `text`, `blew_up_at`, `name`.",
            show_default=False,
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(min=1, help="Interactions of a story within a day that are a blow-up.", show_default=False),
    ] = None,
    complaints: Annotated[
        int | None,
        typer.Option(min=1, help="Complaints in a story within a day that are one.", show_default=False),
    ] = None,
    drill: Annotated[
        str | None, typer.Option(help="Replay the drill, and look at this story of it.", show_default=False)
    ] = None,
    levels: Annotated[
        bool, typer.Option("--levels/--no-levels", help="Also replay a ladder of alert_at: what each level would cost.")
    ] = True,
    save: Annotated[
        bool | None,
        typer.Option(
            "--save/--no-save", help="Keep the report for the page of backtests; absent: where there are settings."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines instead of tables.")] = False,
) -> None:
    """Replay a draft of the policy over the past, and compare it with the present one.

    Posts are judged by the code that runs in production, in steps of their own time. Nothing is sent to anybody, and
    nothing but the report is written. Nobody answers in a replay either: an alert stays open, and its story alerts
    again as it grows.

    A blow-up is a post that is listed with --blowups. Without a list it is a story that reached --size interactions
    within a day (absent: ten times `spread_to`); where counts were read only once, as in a file, one with
    --complaints complaints within a day (absent: twice `story_complaints`); and in any case one that an article told.
    Its lead time is the time from the first alert on its story.
    """
    collect_seldom()
    frame: Frame = ctx.obj
    settings = frame.settings_if_any() if drill and not save else frame.settings()
    if drill and (file or brand or since or until or days or blowups or size or complaints):
        raise typer.BadParameter("--drill says itself what is replayed and what blows up")
    house = House(settings or Settings.model_validate({}))
    chosen = _chosen(house, file, brand, (since, until, days))
    wish = Wish(draft_of(house.settings.policy, policy, changes or []), blowups, size, complaints, levels)
    with closing(house), counting() as show, workshop() as shop:
        tape = _tape(shop, house, (file, drill), chosen, show)
        report = Backtest(shop, tape, show).run(wish)
        number = _keep(house, report) if (settings is not None if save is None else save) else None
        _print(report, as_json=as_json)
    if number is not None:
        where = f"{house.settings.pages.address}/backtests/{number}"
        console(stderr=True).print(f"Kept as backtest {number}: {where}", markup=False)


def _chosen(
    house: House, file: str | None, brand: str | None, span: tuple[str | None, str | None, int | None]
) -> Chosen:
    since, until, days = span
    if brand is not None and brand not in house.settings.brands:
        remedy = did_you_mean(brand, house.settings.brands) or "Name a brand of the settings."
        raise BadSettings(f"there is no brand {brand!r} in the settings", remedy=remedy)
    if days is not None and (file or since):
        raise typer.BadParameter("--days counts back from now, in the ledger; say --since in its place")
    first = house.now() - timedelta(days=days) if days else _time("--since", since)
    return Chosen(first, _time("--until", until), brand)


def _time(option: str, typed: str | None) -> datetime | None:
    try:
        return None if typed is None else read_time(typed)
    except ValueError:
        raise BadSettings(f"{option} is not a time", remedy=f"For example: {option} 2026-11-20") from None


def _tape(
    shop: Workshop, house: House, what: tuple[str | None, str | None], chosen: Chosen, show: Callable[[str, int], None]
) -> Tape:
    file, drill = what
    if drill is not None:
        tape = from_drill(shop, house, drill, show)
    elif file is not None:
        tape = from_file(shop, house, file, chosen, show)
    else:
        tape = from_ledger(shop, house, chosen, show)
    if not tape.posts:
        said = ", ".join(f"{reason.replace('_', ' ')}: {number}" for reason, number in tape.skipped.items())
        problem = f"{tape.title} has no posts to replay" + (f" ({said})" if said else "")
        raise BadSettings(problem, remedy="Choose another time or brand, or give a file: `kuula backtest posts.csv`.")
    return tape


def _keep(house: House, report: Report) -> int:
    with house.ledger.write() as tx:
        return backtests.save(tx, _title(report), document(report), ACTOR, house.now())


def _title(report: Report) -> str:
    changed = ", ".join(f"{name} {then}" for name, (_, then) in report.changes.items())
    return f"{report.tape.title}: {changed}" if changed else report.tape.title


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        for line in json_lines(report):
            typer.echo(line)
        return
    out = console()
    for part in tables(report):
        out.print(part, markup=False)
