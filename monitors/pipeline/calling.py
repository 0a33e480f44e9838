"""From settings to who is called when."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from models.calling import Business, Haste
from models.hours import Holiday, Opening, no_holiday
from models.pickup import Press
from models.rota import Duty, Rota
from monitors.pipeline.occasions import holidays_of
from monitors.pipeline.roster import Roster
from monitors.settings import Settings

_LAST = frozenset({"manager", "admin"})


def holidays_in(countries: Sequence[str]) -> Holiday:
    """What gives the public holidays of countries by their names there."""

    def named(day: date) -> str | None:
        names = [name for country in countries if (name := holidays_of(country, day.year).get(day))]
        return ", ".join(dict.fromkeys(names)) or None

    return named if countries else no_holiday


def rota_of(settings: Settings) -> Rota:
    """The rota of the settings, without what people changed."""
    duties = [
        Duty(
            name=one.name,
            people=tuple(one.people),
            begins=one.begins,
            length=one.length,
            rule=one.recurs,
            first=one.first,
            turn=one.turn,
            holidays=one.holidays,
        )
        for one in settings.rota.duties
    ]
    return Rota(tuple(duties), ZoneInfo(settings.rota.timezone), holidays_in(settings.rota.countries))


def business_of(settings: Settings) -> Business:
    """When the team is there."""
    hours = settings.hours
    opening = Opening([one.hours() for one in hours.open], ZoneInfo(hours.timezone), holidays_in(hours.countries))
    return Business(opening, hours.closed_alert_at)


def roster_of(settings: Settings, press: Press | None = None) -> Roster:
    """Who is told, in which order, when and how soon."""
    escalation, shifts = settings.escalation, settings.shifts
    wait = timedelta(minutes=escalation.first_minutes)
    return Roster(
        order=tuple(settings.escalation_order),
        channels={name: tuple(person.channels) for name, person in settings.people.items()},
        first=wait,
        following=timedelta(minutes=escalation.next_minutes),
        again=timedelta(minutes=escalation.repeat_minutes),
        shifts=tuple(shifts.begin),
        zone=ZoneInfo(shifts.timezone),
        digest=timedelta(minutes=shifts.digest_minutes),
        press=press or Press(),
        duty=rota_of(settings),
        quiet={name: tuple(one.hours() for one in person.quiet) for name, person in settings.people.items()},
        last=_managers(settings) if escalation.managers_last else frozenset(),
        haste=Haste(escalation.urgent_from, wait, timedelta(minutes=escalation.urgent_minutes)),
        business=business_of(settings),
    )


def _managers(settings: Settings) -> frozenset[str]:
    return frozenset(name for name, person in settings.people.items() if person.role in _LAST)
