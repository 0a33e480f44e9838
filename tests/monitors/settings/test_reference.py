"""The reference of all settings is complete, because it is made from the types."""

from dataclasses import fields

from models.decision import Policy
from monitors.settings import Settings
from monitors.settings.policy import POLICY
from monitors.settings.reference import reference, rows


def test_every_setting_has_a_description() -> None:
    """No setting, of any section, is without a sentence that says what it is for."""
    assert [f"{row.table}.{row.key}" for row in rows() if not row.description.endswith(".")] == []


def test_the_policy_is_described_field_by_field() -> None:
    """The limits and meanings of the policy name exactly the fields that the model has."""
    assert list(POLICY) == [field.name for field in fields(Policy)]


def test_the_defaults_of_the_policy_are_within_its_limits() -> None:
    """What we chose ourselves would be accepted from a file."""
    numbers = {name: value for name, value in vars_of(Policy()).items() if isinstance(value, int | float)}
    assert all(POLICY[name].least <= value <= POLICY[name].most for name, value in numbers.items())


def vars_of(policy: Policy) -> dict[str, object]:
    """Give the values of a policy by name."""
    return {field.name: getattr(policy, field.name) for field in fields(policy)}


def test_the_reference_has_every_section_and_no_secret() -> None:
    """Each table of the file has its heading, and rows are whole."""
    text = reference()
    for name in Settings.model_fields:
        assert f"`[{name}" in text or f"| `{name}` |" in text
    assert all(line.count("|") >= 4 for line in text.splitlines() if line.startswith("|"))
