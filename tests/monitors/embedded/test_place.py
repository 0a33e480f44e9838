"""Where the embedded system keeps its things."""

import socket
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitors.embedded.place import Place, free_port
from monitors.embedded.scheduling import Scheduling
from monitors.errors import BadSettings

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty folder, prepared."""
    place = Place(tmp_path)
    place.prepare()
    return place


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_writes_settings(place: Place) -> None:
    """They load, keep ledger and index in one file of .kuula, and only their owner can read them."""
    settings = place.settings(NOW)
    assert settings.ledger.url == settings.index.url
    assert settings.ledger.url.get_secret_value() == f"sqlite:///{place.home / 'kuula.db'}"
    assert settings.sources["drill"].options["start"] == NOW
    assert [person.timezone for person in settings.people.values()] == ["Europe/Tallinn"]
    assert (_mode(place.home), _mode(place.home / "kuula.toml")) == (0o700, 0o600)


def test_the_next_start_keeps_them(place: Place) -> None:
    """What was written, or edited, stays as it is; only a port that somebody has taken is exchanged."""
    port = place.settings(NOW).pages.port
    written = place.home / "kuula.toml"
    written.write_text(written.read_text() + "# edited\n")
    with socket.create_server(("127.0.0.1", port)):
        changed = place.settings(datetime(2027, 1, 1, tzinfo=UTC))
    assert changed.pages.port != port
    assert changed.sources["drill"].options["start"] == NOW
    assert "# edited" in written.read_text()


def test_settings_of_the_folder_come_first(place: Place) -> None:
    """Somebody's own kuula.toml is used, and none is written."""
    (place.root / "kuula.toml").write_text('[brands.Omniva]\nnames = ["Omniva"]\n')
    assert list(place.settings(NOW).brands) == ["Omniva"]
    assert not (place.home / "kuula.toml").exists()


def test_dags_are_those_of_the_folder(place: Place) -> None:
    """A folder with DAGs of its own is preferred."""
    (place.root / "dags").mkdir()
    (place.root / "dags" / "collect.py").touch()
    assert place.dags == place.root / "dags"


def test_without_dags_it_says_what_to_do(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package without a checkout cannot run Airflow, and says what can be run."""
    monkeypatch.setattr("monitors.embedded.place.monitors.__file__", str(place.root / "monitors" / "__init__.py"))
    with pytest.raises(BadSettings, match="dags/ is not here") as raised:
        _ = place.dags
    assert "kuula run" in raised.value.remedy


def test_a_taken_port_is_exchanged() -> None:
    """The usual port is given while it is free, and another one when it is not."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert free_port(taken) != taken
    assert free_port(taken) == taken
    assert free_port(taken, [taken]) != taken


def test_airflow_listens_and_speaks_here_only(place: Place) -> None:
    """Its secrets stay the same from start to start and are private; it reports nothing to anybody."""
    (place.root / "dags").mkdir()
    (place.root / "dags" / "collect.py").touch()
    scheduling = Scheduling(place, 8123)
    inherited = {"AIRFLOW__CORE__EXECUTOR": "Other", "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C"}
    environ = scheduling.environment(inherited, place.home / "kuula.toml")
    assert environ == Scheduling(place, 8123).environment(inherited, place.home / "kuula.toml")
    assert environ["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8123/execution/"
    assert environ["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "False"
    assert environ["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert environ["LANG"] == "C"
    assert "PYTHONDONTWRITEBYTECODE" not in environ
    assert scheduling.password() == scheduling.password()
    assert {_mode(place.airflow / name) for name in ("secrets.json", "passwords.json")} == {0o600}
    assert "--skip-serve-logs" in scheduling.commands()["scheduler"]
