"""The section that says how people are sent messages."""

from pydantic import Field

from monitors.settings.sections import Section


class Messages(Section):
    """How messages reach people."""

    bundle_minutes: int = Field(
        5,
        ge=0,
        le=720,
        description="Minutes in which what is not urgent is gathered into one message, after the first went at once; "
        "0 sends each by itself. People may choose their own.",
    )
