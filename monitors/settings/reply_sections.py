"""The section of answers: through which sources they may be sent, and who has to agree first."""

from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from models.approval import Approval
from monitors.settings.sections import Role, Section, Text

_Risk = Annotated[float, Field(ge=0, le=100)]


def _from_risk() -> dict[Role, _Risk]:
    return {"support": 50.0}


class Replies(Section):
    """How answers to customers go out."""

    send: list[Text] = Field(
        default_factory=list,
        description="Sources through which people may send answers, those that can reply; for others they copy them.",
        examples=[["mastodon"]],
    )
    approve_from_risk: dict[Role, _Risk] = Field(
        default_factory=_from_risk,
        description="For a role, the risk from which its answers wait for a manager's yes before they are sent.",
        examples=[{"support": 50.0, "manager": 90.0}],
    )
    approve_public: bool = Field(
        default=True, description="Whether every public answer of support waits for that yes, whatever the risk."
    )
    approve_own: bool = Field(default=False, description="Whether managers may approve what they wrote themselves.")

    phrases: Text | None = Field(
        None,
        description="Folder with the team's own wordings (`et.toml`, `ru.toml`, `fi.toml`, `en.toml`); absent: ours.",
        examples=["phrases"],
    )

    @property
    def approval(self) -> Approval:
        """Whose answers wait for a yes, as a rule."""
        by_role = {str(role): risk for role, risk in self.approve_from_risk.items()}
        return Approval(MappingProxyType(by_role), self.approve_public, self.approve_own)

    def allows(self, source: str) -> bool:
        """Whether answers may be sent through a source."""
        return source in self.send
