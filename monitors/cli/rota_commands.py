"""``kuula rota``: who is on duty, and who is called in which order, now or at another time."""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from models.rota import LONGEST
from monitors.bootstrap import House
from monitors.cli.frame import Frame, console
from monitors.ledger import rota
from monitors.pipeline.staffing import AHEAD, unstaffed

app = typer.Typer()


@app.command(name="rota")
def show_rota(
    ctx: typer.Context,
    at: Annotated[
        datetime | None,
        typer.Option(
            help="The time to ask about, by the clocks of the rota, as in 2026-12-24T10:00; absent: now.",
            show_default=False,
        ),
    ] = None,
    *,
    urgent: Annotated[bool, typer.Option("--urgent", help="In which order people are called to a danger.")] = False,
) -> None:
    """Say who is on duty at a time, who comes next, and who is called in which order."""
    frame: Frame = ctx.obj
    settings = frame.settings()
    zone = ZoneInfo(settings.rota.timezone)
    with closing(House(settings)) as house:
        when = at.replace(tzinfo=at.tzinfo or zone) if at else house.now()
        with house.ledger.read() as tx:
            roster = house.roster.as_of(tx, when)
            coming = rota.standing(tx, when, when + LONGEST)
            missing = unstaffed(tx, house.roster, house.roster.duty_between(tx, when, when + AHEAD))
            lost = [one.name for one in rota.rules(tx) if one.zone is None]
    duty = roster.team.rota
    out = console()

    def said(line: str) -> None:
        out.print(line, markup=False)

    shown = when.astimezone(zone)
    holiday = duty.holiday(shown.date())
    said(f"{shown:%a %Y-%m-%d %H:%M} {shown:%Z}" + (f", {holiday}" if holiday else ""))
    if settings.rota.duties:
        said("on duty: " + _listed(duty.on_duty(when)))
    else:
        said("There is no rota: everybody is called, in the order of the settings. Duties go into [[rota.duties]].")
    following = duty.changed([one.change for one in coming]).next_after(when)
    if following:
        begins = following.begins.astimezone(zone)
        said(f"next: {_listed(following.people)}, {following.duty}, {begins:%a %Y-%m-%d %H:%M}")
    chain = roster.team.chain(when, urgent=urgent)
    said("called in this order: " + _listed(chain))
    asleep = [name for name in chain if roster.team.is_quiet(name, when)]
    if missing.idle:
        said(f"with a duty, though they may not handle incidents: {_listed(missing.idle)}")
    if missing.unreached:
        said(f"with a duty, though no message reaches them: {_listed(missing.unreached)}")
    if lost:
        said(f"their time zone is not known, so that the clocks of the rota count: {_listed(lost)}")
    if asleep:
        said("in their quiet hours: " + _listed(asleep))
    if not roster.business.opening.is_open(when):
        opens = roster.opens_at(when).astimezone(zone)
        risk = settings.hours.closed_alert_at
        said(f"the team is not there: risks below {risk:g} wait until {opens:%a %Y-%m-%d %H:%M}")


def _listed(people: Sequence[str]) -> str:
    return ", ".join(people) or "nobody"
