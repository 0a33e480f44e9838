"""The first settings file: five questions, and a file that loads."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from monitors.check import check
from monitors.errors import BadSettings
from monitors.init import Answers, ask, text, write
from monitors.settings import Settings, load
from monitors.settings.reference import rows

_DEFAULTS = ["", "", "", "", ""]


def _answering(answers: list[str]) -> Callable[[str, str], str]:
    """Answer one question after the other; an empty answer takes the default."""
    left = iter(answers)
    return lambda _question, default: next(left) or default


def _settings(folder: Path, answers: Answers) -> Settings:
    write(folder / "kuula.toml", answers, force=True)
    return load(folder / "kuula.toml", {})


def test_five_questions_make_working_settings(tmp_path: Path) -> None:
    """Brand, other forms, denominator, person and channel are asked once each and end up in the file."""
    said = ["DPD Eesti", "DPD, ДПД,", "43 000 deliveries", "Mari Maasikas, et", "mailtos://u:p@example.com"]
    settings = _settings(tmp_path, ask(_answering(said)))
    brand, person = settings.brands["DPD Eesti"], settings.people["mari-maasikas"]
    assert brand.names == ["DPD Eesti", "DPD", "ДПД"]
    assert settings.sources["drill"].revealed() == {"brand": "DPD Eesti"}
    assert brand.denominator is not None
    assert (brand.denominator.what, brand.denominator.per_day) == ("deliveries", 43000)
    assert (person.display, person.language, person.role, person.channels) == (
        "Mari Maasikas",
        "et",
        "admin",
        ["alerts"],
    )
    url = settings.channels["alerts"].url
    assert url is not None
    assert url.get_secret_value() == "mailtos://u:p@example.com"


def test_the_defaults_alert_to_the_log(tmp_path: Path) -> None:
    """Pressing return five times gives settings that work without any account."""
    assert ask(_answering(_DEFAULTS)) == Answers()
    settings = _settings(tmp_path, Answers())
    assert (settings.channels["log"].kind, settings.escalation_order) == ("log", ["admin"])


@pytest.mark.parametrize(
    ("place", "wrong", "right"),
    [
        (2, "many", "500 orders"),
        (2, "5 parcels", "5"),
        (2, "0 orders", ""),
        (3, "Mari, sv", "Mari"),
        (4, "my mail", ""),
    ],
)
def test_an_answer_that_cannot_be_is_asked_again(place: int, wrong: str, right: str) -> None:
    """A bad answer says what is missing and asks the same question once more."""
    asked: list[str] = []
    left = iter([*_DEFAULTS[:place], wrong, right, *_DEFAULTS[place + 1 :]])

    def question(asking: str, default: str) -> str:
        asked.append(asking)
        return next(left) or default

    ask(question)
    assert len(asked) == 6
    assert asked[place + 1].endswith(asked[place])
    assert asked[place + 1] != asked[place]


def test_the_file_shows_every_setting_with_its_meaning() -> None:
    """Each section and each setting is there, switched on or off, under the sentence that says what it is for."""
    written = text(Answers())
    for name in Settings.model_fields.keys() - {"secret_key"}:
        assert f"\n[{name}" in written or f"\n# [{name}." in written
    inline = (
        "brands.NAME.denominator",
        "[brands.NAME.campaigns]",
        "sources.NAME",
        "sources.NAME.budget",
        "costs.brands.NAME",
        "",
    )
    for row in rows():
        if row.table not in inline and not row.table.startswith(("models.", "[")):
            assert f"# {row.description}\n" in written
            assert f"\n{row.key} = " in written or f"\n# {row.key} = " in written


def test_the_file_with_everything_switched_on_is_valid_too(tmp_path: Path) -> None:
    """What the comments show can be used as it stands, examples included."""
    on = [
        line.removeprefix("# ") if " = " in line or line.startswith("# [") else line
        for line in text(Answers()).splitlines()
    ]
    off = ("and budget", "A setting")
    path = tmp_path / "kuula.toml"
    path.write_text("\n".join(line for line in on if not line.startswith(off)), encoding="utf-8")
    settings = load(path, {})
    assert set(settings.sources) == {"drill", "news", "mastodon", "x", "file"}
    path.chmod(0o600)
    assert check(path, {"KUULA_SOURCES_X_BEARER_TOKEN": "token"}, tmp_path).errors == ()
    assert settings.pages.public_url == "https://kuula.example.com"


def test_an_existing_file_stays(tmp_path: Path) -> None:
    """Nothing is overwritten without being told to."""
    path = tmp_path / "kuula.toml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(BadSettings, match="there already"):
        write(path, Answers())
    assert path.read_text(encoding="utf-8") == "mine"
    write(path, Answers(), force=True)
    assert path.read_text(encoding="utf-8") == text(Answers())


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    """It may hold the address of a channel with its password, also where it replaces a file that all could read."""
    path = tmp_path / "kuula.toml"
    path.write_text("", encoding="utf-8")
    path.chmod(0o644)
    write(path, Answers(), force=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_bad_settings(tmp_path: Path) -> None:
    """Where no file can be written, the remedy says so."""
    with pytest.raises(BadSettings, match="cannot be written"):
        write(tmp_path / "missing" / "kuula.toml", Answers())


_NAMES = st.text(st.characters(codec="utf-8", exclude_characters=","), min_size=1).filter(lambda name: name.strip())


@hypothesis_settings(max_examples=50)
@given(brand=_NAMES, forms=st.lists(_NAMES, max_size=3))
def test_any_name_survives_the_file(tmp_path_factory: pytest.TempPathFactory, brand: str, forms: list[str]) -> None:
    """Quotes, line ends and other scripts in the name of a brand come back as they were typed."""
    answers = ask(_answering([brand, ",".join(forms), "", "", ""]))
    settings = _settings(tmp_path_factory.mktemp("init"), answers)
    assert settings.brands[brand.strip()].names == list(
        dict.fromkeys([brand.strip(), *(form.strip() for form in forms)])
    )
