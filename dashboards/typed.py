"""What people type into forms and addresses, as far as every store can hold it."""

import unicodedata
from typing import Any

from pydantic import BaseModel, model_validator

# Unicode calls it a letter, and it shows nothing.
_FILLER = "\u3164"


def says_something(text: str, kinds: str = "LN") -> bool:
    """Whether a text has anything to read: a sign of these kinds of Unicode (letters and digits, unless told)."""
    return any(unicodedata.category(sign)[0] in kinds for sign in text.replace(_FILLER, ""))


class Typed(BaseModel):
    """The base of every form and filter: PostgreSQL refuses text with a NUL, which nobody types but attackers."""

    @model_validator(mode="before")
    @classmethod
    def _without_nul(cls, given: Any) -> Any:
        if isinstance(given, dict) and any("\x00" in value for value in given.values() if isinstance(value, str)):
            raise ValueError("text with a NUL")
        return given
