"""The sections that say who is called when: escalation, the rota with its duties, and the hours of the team."""

from datetime import date, datetime, time, timedelta

from pydantic import Field, model_validator

from models.hours import DAYS
from models.rota import FIRST, LONGEST, OnHolidays, Turn, parsed
from monitors.settings.local import Country, TimeZone, WallTime
from monitors.settings.mistakes import Correctable
from monitors.settings.sections import _WEEK, Daily, Section, Text, Weekday

_HOUR = timedelta(hours=1)


class Escalation(Section):
    """Who is alerted, and who is next when nobody answers."""

    order: list[Text] = Field(
        default_factory=list,
        description="People in the order in which they are alerted; absent: all but viewers, in the order of the file.",
    )
    first_minutes: int = Field(
        10, ge=1, le=_WEEK, description="Minutes before an unanswered alert goes to the next person."
    )
    next_minutes: int = Field(10, ge=1, le=_WEEK, description="Minutes between each further person.")
    repeat_minutes: int = Field(
        60, ge=1, le=_WEEK, description="Minutes before everybody is told again, when all were tried."
    )
    urgent_minutes: int = Field(
        3, ge=1, le=_WEEK, description="What `first_minutes` shrinks to as risk rises; the others shrink in proportion."
    )
    urgent_from: float = Field(
        60.0,
        gt=0,
        le=100,
        description="Risk at which they are shortest, as they are in danger; up to half of it they do not shrink.",
    )
    managers_last: bool = Field(
        default=False, description="Whether managers and admins who are not on duty are called after all others."
    )


class DutyConfig(Section):
    """A duty that comes again."""

    name: Text = Field(description="What it is called on pages.", examples=["night"])
    people: list[Text] = Field(min_length=1, description="Who has it, by name.", examples=[["mari", "jaan"]])
    turn: Turn = Field(
        Turn.ALL, description="`all` have it at once, or one after the other: the next one each `day` or `week`."
    )
    days: list[Weekday] = Field(
        default_factory=list,
        description="Days of the week on which it begins, `mon` to `sun`; absent: every day, or as `rule` says.",
        examples=[["mon", "tue", "wed", "thu", "fri"]],
    )
    begins: WallTime = Field(alias="from", description="When it begins.", examples=[time(9)])
    until: WallTime | None = Field(
        None,
        description="When it ends: on the next day when it is not later than `from`. Either this or `hours`.",
        examples=[time(17)],
    )
    hours: int | None = Field(None, ge=1, le=LONGEST // _HOUR, description="How long it is, where it is longer.")
    rule: Text | None = Field(
        None,
        description="When it comes, as a rule of RFC 5545, in the place of `days`.",
        examples=["FREQ=MONTHLY;BYDAY=1MO"],
    )
    first: date = Field(FIRST, description="The day from which turns and the rule are counted: a Monday.")
    holidays: OnHolidays = Field(
        OnHolidays.USUAL,
        description="On public holidays: `usual`, `sunday` (as on Sundays), `off` (nobody), or `only` then.",
    )

    @model_validator(mode="after")
    def _has_one_length_and_rule(self) -> "DutyConfig":
        if (self.until is None) == (self.hours is None):
            problem = "has no end" if self.until is None else "has an end and a length"
            raise Correctable(f"a duty {problem}", "Write either `until` or `hours`.")
        if self.days and self.rule:
            raise Correctable("a duty comes either on days or by a rule", "Keep `days` or `rule`.")
        try:
            parsed(self.recurs, datetime.combine(self.first, self.begins))
        except ValueError as error:
            remedy = "Write it like FREQ=WEEKLY;BYDAY=MO,TU."
            raise Correctable(f"its rule is not understood: {error}", remedy) from error
        return self

    @property
    def recurs(self) -> str:
        """The rule by which it comes again."""
        if self.rule:
            return self.rule
        return f"FREQ=WEEKLY;BYDAY={','.join(day[:2].upper() for day in self.days or DAYS)}"

    @property
    def length(self) -> timedelta:
        """What clocks go on by from its begin to its end."""
        if self.until is None:
            return timedelta(hours=self.hours or 0)
        day = date.min
        length = datetime.combine(day, self.until) - datetime.combine(day, self.begins)
        return length if length > timedelta(0) else length + timedelta(days=1)


class RotaConfig(Section):
    """Who is on duty when; without duties everybody always is."""

    timezone: TimeZone = Field("Europe/Tallinn", description="Time zone (IANA name) of the duties.")
    countries: list[Country] = Field(
        default_factory=list,
        description="Countries (ISO 3166 codes) whose public holidays count; absent: no day is a holiday.",
        examples=[["EE"]],
    )
    duties: list[DutyConfig] = Field(
        default_factory=list,
        description="The duties, those first who are called first; each may be a table, `[[rota.duties]]`.",
        examples=[[{"name": "day", "people": ["mari"], "from": time(9), "until": time(17)}]],
    )

    @model_validator(mode="after")
    def _names_differ(self) -> "RotaConfig":
        names = [duty.name for duty in self.duties]
        if again := [name for name in names if names.count(name) > 1]:
            raise Correctable(f"two duties are called {again[0]}", "Give each a name of its own.")
        return self


class BusinessHours(Section):
    """When the team is there. Outside of these hours only what is risky or urgent calls people."""

    open: list[Daily] = Field(
        default_factory=list,
        description="When the team is there; absent: always.",
        examples=[[{"days": ["mon", "tue", "wed", "thu", "fri"], "from": time(8), "until": time(20)}]],
    )
    timezone: TimeZone = Field("Europe/Tallinn", description="Time zone (IANA name) of these times.")
    countries: list[Country] = Field(
        default_factory=list,
        description="Countries (ISO 3166 codes) on whose public holidays it is closed.",
        examples=[["EE"]],
    )
    closed_alert_at: float = Field(
        50.0,
        ge=0,
        le=100,
        description="Risk from which people are called all the same; other alerts wait until the team is there.",
    )
