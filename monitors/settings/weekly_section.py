"""The ``[weekly]`` section: who gets the look back on the week, and when."""

from datetime import time
from typing import Literal

from pydantic import Field

from monitors.settings.local import WallTime
from monitors.settings.sections import Section, Text

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Weekly(Section):
    """The look back on the week, for support and PR."""

    enabled: bool = Field(default=True, description="Whether it is sent at all; its page is always there.")
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = Field(
        "monday", description="Day on which the seven days before it are looked back on."
    )
    at: WallTime = Field(time(8), description="Time of that day, in the zone of each reader.", examples=["07:30:00"])
    people: list[Text] = Field(
        default_factory=list, description="Who gets it; absent: everybody who has a channel.", examples=[["anna"]]
    )
