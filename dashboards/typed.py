"""What people type into forms and addresses, as far as every store can hold it."""

from typing import Any

from pydantic import BaseModel, model_validator


class Typed(BaseModel):
    """The base of every form and filter: PostgreSQL refuses text with a NUL, which nobody types but attackers."""

    @model_validator(mode="before")
    @classmethod
    def _without_nul(cls, given: Any) -> Any:
        if isinstance(given, dict) and any("\x00" in value for value in given.values() if isinstance(value, str)):
            raise ValueError("text with a NUL")
        return given
