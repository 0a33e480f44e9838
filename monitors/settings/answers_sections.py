"""How soon a customer is answered, and for how long one person writes the answer."""

from datetime import timedelta

from pydantic import Field, model_validator

from models.answering import Patience
from monitors.settings.mistakes import Correctable
from monitors.settings.sections import Section

_WEEK = 7 * 24 * 60


class Answers(Section):
    """By when a customer must have an answer: the higher the risk, the sooner."""

    low_risk: float = Field(20.0, ge=0, le=100, description="Up to this risk an answer may take `low_minutes`.")
    low_minutes: int = Field(120, ge=1, le=_WEEK, description="Minutes that an answer may take at low risk.")
    high_risk: float = Field(
        70.0, ge=0, le=100, description="From this risk on it may take `high_minutes`; between, a straight line."
    )
    high_minutes: int = Field(15, ge=1, le=_WEEK, description="Minutes that an answer may take at high risk.")
    claim_minutes: int = Field(
        10, ge=1, le=_WEEK, description="Minutes that who began to write an answer keeps others off after a last sign."
    )

    @model_validator(mode="after")
    def _more_risk_is_sooner(self) -> "Answers":
        if self.low_risk >= self.high_risk:
            raise Correctable("`low_risk` is not below `high_risk`", "Make `low_risk` the smaller one.")
        if self.high_minutes > self.low_minutes:
            raise Correctable("a higher risk would wait longer", "Make `high_minutes` the smaller one.")
        return self

    @property
    def patience(self) -> Patience:
        """The rule that gives the time."""
        return Patience(
            timedelta(minutes=self.low_minutes), timedelta(minutes=self.high_minutes), self.low_risk, self.high_risk
        )

    @property
    def lease(self) -> timedelta:
        """``claim_minutes`` as a duration."""
        return timedelta(minutes=self.claim_minutes)
