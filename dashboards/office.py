"""What every page is given: the stores, the clock, the settings, and who is asking."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import BoundedSemaphore
from typing import Annotated, TypeAlias, cast

from fastapi import Depends, Request

from dashboards.recent import Recent
from dashboards.streams import Streams
from dashboards.throttle import Throttle
from monitors.ledger.engine import Ledger
from monitors.ledger.people import Person
from monitors.pipeline.roster import Roster
from monitors.playbook import Library
from monitors.ports import Index, Replying
from monitors.reply_checker import BuiltinReplyChecker, ReplyChecker
from monitors.settings import Settings

AT_ONCE = 4
"""Passwords that are looked at side by side; more only take each other's time and memory."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in. ``key`` ties forms to this sign-in; ``own_session`` is False behind Airflow's door."""

    person: Person
    key: str
    own_session: bool = True


Identify: TypeAlias = Callable[[Request], Awaitable[Visitor | None]]


@dataclass(frozen=True, slots=True)
class ReplyDesk:
    """What reads drafts of answers, and the sources through which people may send them."""

    checker: ReplyChecker
    repliers: Mapping[str, Replying] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Office:
    """Everything that pages need from outside, passed in once."""

    ledger: Ledger
    index: Index
    settings: Settings
    now: Callable[[], datetime]
    secret_key: str
    identify: Identify
    throttle: Throttle
    recent: Recent
    roster: Roster
    playbook: Library
    replies: ReplyDesk = field(default_factory=lambda: ReplyDesk(BuiltinReplyChecker()))
    streams: Streams = field(default_factory=Streams)
    at_the_door: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(AT_ONCE))

    @property
    def brands(self) -> list[str]:
        """The watched brands, in the order of the settings."""
        return list(self.settings.brands)


def office_of(request: Request) -> Office:
    """The office of the application that a request came to."""
    return cast("Office", request.app.state.office)


TheOffice = Annotated[Office, Depends(office_of)]
