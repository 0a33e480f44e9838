"""Secrets from the environment and from files that it names."""

from pathlib import Path

import pytest

from monitors.settings import SettingsErrors, validate
from monitors.settings.environment import secrets, variable_name

_VALUES = {"sources": {"x": {}, "x-eu": {"kind": "x"}}, "channels": {"mail": {}}}


def test_variables_reach_their_settings() -> None:
    """The ledger, the index, the key, channels and the options of sources can be set; the longer name is meant."""
    settings = validate(
        _VALUES,
        {
            "KUULA_SECRET_KEY": "k",
            "KUULA_LEDGER_URL": "postgresql://db/kuula",
            "KUULA_INDEX_URL": "http://search:9200",
            "KUULA_CHANNELS_MAIL_URL": "mailtos://u:p@example.com",
            "KUULA_SOURCES_X_BEARER_TOKEN": "first",
            "KUULA_SOURCES_X_EU_BEARER_TOKEN": "second",
        },
    )
    assert settings.secret_key is not None
    assert settings.channels["mail"].url is not None
    assert settings.secret_key.get_secret_value() == "k"
    assert settings.ledger.url.get_secret_value() == "postgresql://db/kuula"
    assert settings.channels["mail"].url.get_secret_value() == "mailtos://u:p@example.com"
    assert [settings.sources[name].revealed() for name in ("x", "x-eu")] == [
        {"bearer_token": "first"},
        {"bearer_token": "second"},
    ]


def test_the_environment_wins_over_the_file() -> None:
    """A secret that is set twice comes from the environment."""
    values = {"sources": {"x": {"bearer_token": "old"}}}
    assert validate(values, {variable_name("sources", "x", "bearer_token"): "new"}).sources["x"].revealed() == {
        "bearer_token": "new"
    }
    assert values == {"sources": {"x": {"bearer_token": "old"}}}


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_twin_names_a_file_with_the_secret(tmp_path: Path, ending: str) -> None:
    """The line end that editors and ``echo`` add is not part of the secret."""
    path = tmp_path / "token"
    path.write_bytes(f" tõken {ending}".encode())
    settings = validate({"sources": {"x": {}}}, {"KUULA_SOURCES_X_BEARER_TOKEN_FILE": str(path)})
    assert settings.sources["x"].revealed() == {"bearer_token": " tõken "}


def test_a_twin_that_leads_nowhere_is_a_mistake(tmp_path: Path) -> None:
    """A missing file, a folder and a file that is not text are told with the variable's name, not with a traceback."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "missing", tmp_path, tmp_path / "binary"):
        with pytest.raises(SettingsErrors) as caught:
            validate({}, {"KUULA_SECRET_KEY_FILE": str(path)})
        assert caught.value.key == "KUULA_SECRET_KEY_FILE"
        assert caught.value.remedy


def test_a_variable_and_its_twin_together_are_a_mistake(tmp_path: Path) -> None:
    """Nobody could tell which of the two is meant."""
    with pytest.raises(SettingsErrors, match="KUULA_SECRET_KEY too"):
        validate({}, {"KUULA_SECRET_KEY": "a", "KUULA_SECRET_KEY_FILE": str(tmp_path / "b")})


def test_an_empty_variable_counts_as_absent() -> None:
    """Compose files pass variables on empty when they are not set."""
    assert validate({}, {"KUULA_SECRET_KEY": "", "KUULA_LEDGER_URL_FILE": ""}).secret_key is None


def test_variables_that_fit_nothing_are_known() -> None:
    """A misspelt variable is not ignored in silence, and those that are no settings are left alone."""
    environ = {"KUULA_SOURCES_Y_TOKEN": "a", "KUULA_SECRET": "b", "KUULA_SETTINGS": "c", "HOME": "d"}
    assert secrets(_VALUES, environ).unused == ("KUULA_SECRET", "KUULA_SOURCES_Y_TOKEN")
