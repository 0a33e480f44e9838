"""Secrets do not show: not in text, not in errors, not in what is printed."""

import string

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from monitors.settings import SettingsErrors, validate
from monitors.settings.secrecy import MASK, guard, reveal

_SECRETS = st.text(string.ascii_letters + string.digits, min_size=12, max_size=30).map(lambda text: f"S3{text}")


def _values(secret: str) -> dict[str, object]:
    address = f"https://user:{secret}@example.com/"
    return {
        "secret_key": secret,
        "ledger": {"url": f"postgresql://kuula:{secret}@db/kuula"},
        "index": {"url": address},
        "channels": {"mail": {"url": f"mailtos://user:{secret}@example.com"}},
        "sources": {
            "x": {"bearer_token": secret, "feed": address, "nested": {"apps": [{"password": secret}], "page": 2}}
        },
    }


@hypothesis_settings(max_examples=50)
@given(secret=_SECRETS)
def test_settings_never_show_their_secrets(secret: str) -> None:
    """However they are printed, tokens and addresses with passwords are masked; what needs them still gets them."""
    settings = validate(_values(secret), {})
    shown = [
        str(settings),
        repr(settings),
        str(settings.redacted()),
        settings.model_dump_json(),
        repr(settings.sources),
    ]
    assert not any(secret in text for text in shown)
    assert settings.redacted()["sources"]["x"]["options"]["nested"] == {"apps": [{"password": MASK}], "page": 2}
    assert settings.sources["x"].revealed()["bearer_token"] == secret
    assert secret in settings.secrets()


@hypothesis_settings(max_examples=50)
@given(
    secret=_SECRETS, section=st.sampled_from(["ledger", "channels", "people", "sources", "policy", "pages", "models"])
)
def test_errors_never_show_secrets(secret: str, section: str) -> None:
    """A secret in the wrong place, or beside a mistake, is not repeated by the error about it."""
    values = _values(secret) | {"people": {"mari": {"role": secret, "timezone": secret, "channels": [secret]}}}
    values[section] = {"x": secret} if section != "people" else values[section]
    with pytest.raises(SettingsErrors) as caught:
        validate(values, {})
    assert secret not in str(caught.value) + repr(caught.value) + "".join(error.remedy for error in caught.value.errors)


def test_the_password_of_an_address_is_a_secret_of_its_own() -> None:
    """Libraries quote an address in parts, decoded or not, so that its password alone must be known to the logs."""
    settings = validate({"ledger": {"url": "postgresql://kuula:p%40ss@db/kuula"}}, {})
    assert {"p%40ss", "p@ss"} <= settings.secrets()


def test_a_plain_sqlite_address_is_shown() -> None:
    """The usual ledger has no password, and people need to see where it is."""
    assert validate({}, {}).redacted()["ledger"] == {"url": "sqlite:///.kuula/kuula.db"}


@given(st.dictionaries(st.sampled_from(["token", "page", "api_key"]), st.text() | st.lists(st.text())))
def test_guarding_loses_nothing(values: dict[str, object]) -> None:
    """What was wrapped comes back as it was."""
    assert reveal(guard("", values)) == values
