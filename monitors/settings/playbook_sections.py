"""The playbook of the team, and what answering and conceding cost it."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from models.scores import Remedy
from monitors.settings.mistakes import Correctable
from monitors.settings.sections import Section, Text


def _three_letters(code: str) -> str:
    if not re.fullmatch("[A-Z]{3}", code):
        raise Correctable("is not a currency", "Write its three capital letters, such as `EUR`.")
    return code


Amount: TypeAlias = Annotated[float, Field(ge=0, le=1e9)]
Currency: TypeAlias = Annotated[str, AfterValidator(_three_letters)]
Hours: TypeAlias = Annotated[float, Field(ge=0, le=1000)]


class Playbook(Section):
    """What to do next, case by case."""

    folder: Text | None = Field(
        None,
        description="Folder with the team's own files, each of which replaces ours of the same name; "
        "`kuula playbook new` copies ours there.",
        examples=["playbook"],
    )


class BrandCosts(Section):
    """What differs for one brand."""

    hour_rate: Amount | None = Field(None, description="What an hour of work costs; absent: as for all.")
    interaction_value: Amount | None = Field(
        None, description="What one more person who reacts to a complaint costs; absent: as for all."
    )
    remedies: dict[Remedy, Amount] = Field(
        default_factory=dict, description="What remedies usually cost; others as for all."
    )


class Costs(Section):
    """What answering and conceding cost, to compare the two."""

    currency: Currency = Field("EUR", description="Currency (ISO 4217 code) of all amounts.")
    hour_rate: Amount = Field(30.0, description="What an hour of work costs.")
    first_contact_hours: Hours = Field(0.5, description="Hours that the first contact takes.")
    solving_hours: Hours = Field(1.0, description="Hours that arguing a case to its end takes.")
    afterwards_hours: Hours = Field(0.5, description="Hours that what follows takes.")
    threat_hours: Hours = Field(
        4.0, description="Hours more where a court, an authority or the press is threatened with."
    )
    interaction_value: Amount = Field(0.1, description="What one more person who reacts to a complaint costs.")
    lost_share: float = Field(
        0.3,
        ge=0,
        le=1,
        description="Share of a customer's yearly value that arguing puts at stake, 0 to 1; all of it, once they speak "
        "of leaving.",
    )
    remedies: dict[Remedy, Amount] = Field(
        default_factory=lambda: {
            Remedy.MONEY_BACK: 40.0,
            Remedy.COMPENSATION: 30.0,
            Remedy.REPLACEMENT: 40.0,
            Remedy.REPAIR: 50.0,
            Remedy.DELIVERY: 10.0,
            Remedy.CORRECTION: 10.0,
            Remedy.CANCELLATION: 40.0,
            Remedy.OTHER: 20.0,
        },
        description="What each remedy usually costs, where the customer names no sum.",
    )
    brands: dict[str, BrandCosts] = Field(default_factory=dict, description="What differs for a brand, a table each.")

    def of(self, brand: str) -> "Costs":
        """The costs of one brand."""
        own = self.brands.get(brand)
        if own is None:
            return self
        changed = {
            name: value for name in ("hour_rate", "interaction_value") if (value := getattr(own, name)) is not None
        }
        return self.model_copy(update={**changed, "remedies": {**self.remedies, **own.remedies}})
