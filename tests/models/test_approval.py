"""When an answer waits for a yes, and who may give it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.approval import Approval

ROLES = st.sampled_from(["viewer", "support", "manager", "admin"])


@pytest.mark.parametrize(
    ("role", "risk", "public", "asks"),
    [
        ("support", 10, True, True),
        ("support", 10, False, False),
        ("support", 50, False, True),
        ("manager", 99, True, False),
        ("admin", 99, True, False),
    ],
)
def test_policy_as_it_comes(role: str, risk: float, public: bool, asks: bool) -> None:
    """Support asks before it answers in public, and from a risk of 50 anywhere; managers do not."""
    assert Approval().asks(role, risk, public=public) == asks


def test_admin_who_is_not_named_is_as_a_manager() -> None:
    """A limit for managers is one for admins, unless they have their own."""
    rule = Approval({"manager": 80.0})
    assert rule.asks("admin", 80, public=False)
    assert not Approval({"manager": 80.0, "admin": 90.0}).asks("admin", 85, public=False)


@given(st.dictionaries(ROLES, st.floats(0, 100)), st.booleans(), ROLES, st.floats(0, 100), st.floats(0, 100))
def test_more_risk_never_asks_less(limits: dict[str, float], public: bool, role: str, low: float, high: float) -> None:
    """What waits at one risk waits at any higher one."""
    rule = Approval(limits, public)
    low, high = sorted((low, high))
    for shown in (True, False):
        assert rule.asks(role, high, public=shown) or not rule.asks(role, low, public=shown)


@given(ROLES, st.booleans())
def test_nobody_approves_their_own_unless_the_team_says_so(role: str, own: bool) -> None:
    """Managers and admins approve, their own only where the policy has it."""
    assert Approval(own=own).allows(role, own=True) == (own and role in {"manager", "admin"})
    assert Approval(own=own).allows(role, own=False) == (role in {"manager", "admin"})
