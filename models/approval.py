"""Whose answers somebody else reads before they go out, and who may say yes.

The policy of the team, as plain rules: nothing here knows of accounts, tables or the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SUPPORT, MANAGER, ADMIN = "support", "manager", "admin"
APPROVERS = frozenset({MANAGER, ADMIN})
"""Roles that may approve an answer."""


@dataclass(frozen=True, slots=True)
class Approval:
    """When an answer waits for a yes.

    ``from_risk`` names for a role the risk from which its answers do; an admin who is not named is as a manager.
    ``public`` says that each public answer of support does. ``own`` lets managers approve what they wrote themselves.
    """

    from_risk: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({SUPPORT: 50.0}))
    public: bool = True
    own: bool = False

    def asks(self, role: str, risk: float, *, public: bool) -> bool:
        """Whether an answer that somebody of this role wrote, to a case of this risk, needs a yes."""
        if public and self.public and role not in APPROVERS:
            return True
        limit = self.from_risk.get(role)
        if limit is None and role == ADMIN:
            limit = self.from_risk.get(MANAGER)
        return limit is not None and risk >= limit

    def allows(self, role: str, *, own: bool) -> bool:
        """Whether somebody of this role may approve it; ``own`` says that they wrote it."""
        return role in APPROVERS and (self.own or not own)
