"""Settings from text and environment: what is accepted, and what is said about the rest."""

from contextlib import suppress
from datetime import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.decision import Policy
from monitors.errors import BadSettings
from monitors.settings import SettingsErrors, load, validate
from monitors.settings.explaining import to_toml, to_toml_key
from monitors.settings.file import usual
from monitors.settings.root import Settings

_WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
_KNOWN = [*Settings.model_fields, "names", "kind", "url", "per_day", "role", "x", "options"]
_KEYS = st.sampled_from(_KNOWN) | _WORDS
_PLAIN = _WORDS | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
_VALUES = st.recursive(
    _PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3), max_leaves=12
)


def _file(folder: Path, text: str) -> Path:
    path = folder / "kuula.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _errors(folder: Path, text: str) -> list[tuple[int | None, str, str, str]]:
    with pytest.raises(SettingsErrors) as caught:
        load(_file(folder, text), {})
    return [(error.line, error.key, str(error), error.remedy) for error in caught.value.errors]


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    """Every setting has a default, so that an empty file loads."""
    settings = load(_file(tmp_path, ""), {})
    assert settings.policy == Policy()
    assert settings.promises.usual_minutes == 10
    assert settings.pages.address == "http://127.0.0.1:8008"


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    """Brands, sources with their own options, people, the policy and a model arrive typed."""
    settings = load(
        _file(
            tmp_path,
            """
            [brands.Omniva]
            names = ["Omniva", "Омнива"]
            denominator = {what = "deliveries", per_day = 43000}
            [sources.news]
            kind = "rss"
            url = "https://example.com/feed.xml"
            budget = {calls_per_hour = 60}
            [channels.log]
            kind = "log"
            [people.mari]
            role = "admin"
            language = "et"
            channels = ["log"]
            [people.boss]
            role = "viewer"
            [policy]
            alert_at = 40
            [models]
            sentiment = {kind = "transformers", path = "org/model"}
            """,
        ),
        {},
    )
    brand, source = settings.brands["Omniva"], settings.sources["news"]
    assert brand.denominator is not None
    assert (brand.names[1], brand.denominator.per_day) == ("Омнива", 43000)
    assert (source.kind, source.revealed(), source.budget.calls_per_hour) == (
        "rss",
        {"url": "https://example.com/feed.xml"},
        60,
    )
    assert settings.escalation_order == ["mari"]
    assert (settings.policy.alert_at, settings.models.sentiment.path) == (40.0, "org/model")


def test_a_source_is_of_the_kind_that_its_table_is_named_after(tmp_path: Path) -> None:
    """``[sources.x]`` needs no kind."""
    assert load(_file(tmp_path, "[sources.x]"), {}).sources["x"].kind == "x"


def test_every_mistake_is_told_at_once_with_line_and_remedy(tmp_path: Path) -> None:
    """A file with many mistakes gives all of them in the order of the lines, each with what to write."""
    found = _errors(
        tmp_path,
        """\
[brand.Omniva]
names = ["Omniva"]
[brands.DPD]
nams = ["DPD"]
denominator = {what = "parcels", per_day = 0}
[sources.x]
brands = ["DPB"]
every_seconds = "soon"
[people.mari]
role = "amdin"
timezone = "Europe/Talinn"
channels = ["mail"]
[policy]
alert_att = 3
hold_at = 300
alert_signals = ["safty_issue"]
[escalation]
order = ["marie"]
[channels.hook]
""",
    )
    assert [(line, key, remedy) for line, key, _, remedy in found if "Did you mean" in remedy] == [
        (1, "brand", "Did you mean `brands`?"),
        (4, "brands.DPD.nams", "Did you mean `names`?"),
        (7, "sources.x.brands[0]", "Did you mean `DPD`?"),
        (10, "people.mari.role", "Did you mean `admin`?"),
        (11, "people.mari.timezone", "Did you mean `Europe/Tallinn`?"),
        (14, "policy.alert_att", "Did you mean `alert_at`?"),
        (16, "policy.alert_signals[0]", "Did you mean `safety_issue`?"),
        (18, "escalation.order[0]", "Did you mean `mari`?"),
    ]
    assert [(line, key, message) for line, key, message, remedy in found if "Did you mean" not in remedy] == [
        (3, "brands.DPD.names", "is missing"),
        (5, "brands.DPD.denominator.per_day", "must be greater than 0"),
        (5, "brands.DPD.denominator.what", "must be 'orders', 'deliveries' or 'customers'"),
        (8, "sources.x.every_seconds", "must be a whole number"),
        (12, "people.mari.channels[0]", "there is no such table in `[channels]`"),
        (15, "policy.hold_at", "must be at least 0 and at most 100"),
        (19, "channels.hook", "an apprise channel needs a url"),
    ]
    assert all(remedy for *_, remedy in found)


@pytest.mark.parametrize(
    "setting",
    [
        "escalation.first_minutes",
        "escalation.next_minutes",
        "escalation.repeat_minutes",
        "promises.usual_minutes",
        "promises.remind_before_minutes",
        "retention.posts_days",
        "retention.raw_days",
        "retention.audit_days",
        "policy.max_age_hours",
        "policy.growth_factor",
        "policy.growth_factor_acknowledged",
    ],
)
def test_no_time_leaves_the_calendar(tmp_path: Path, setting: str) -> None:
    """A number with too many zeros is refused here: added to a date it would stop the pipeline."""
    section, name = setting.split(".")
    ((line, key, message, remedy),) = _errors(tmp_path, f"[{section}]\n{name} = 1000000000000")
    assert (line, key) == (2, setting)
    assert "must be" in message
    assert remedy


@pytest.mark.parametrize("written", ["9", '"09:00Z"', '"9 o\'clock"', "2026-01-01T09:00:00", "true"])
@pytest.mark.parametrize(
    ("before", "key", "name"),
    [
        ("[weekly]", "weekly.at", "at"),
        ("[shifts]", "shifts.begin[0]", "begin"),
        ("[[hours.open]]\nuntil = 17:00:00", "hours.open[0].from", "from"),
        (
            '[people.ann]\n[[rota.duties]]\nname = "day"\npeople = ["ann"]\nuntil = 17:00:00',
            "rota.duties[0].from",
            "from",
        ),
    ],
)
def test_only_a_time_of_day_is_one(tmp_path: Path, before: str, key: str, name: str, written: str) -> None:
    """A number is no seconds since midnight, and a zone is said elsewhere: a duty of eight seconds calls nobody."""
    value = f"[{written}]" if name == "begin" else written
    ((_, said, message, remedy),) = _errors(tmp_path, f"{before}\n{name} = {value}")
    assert said == key
    assert message == "must be a time of day without a zone"
    assert "09:00:00" in remedy


def test_a_time_of_day_may_be_short(tmp_path: Path) -> None:
    """TOML's own times and plain hours and minutes are both read."""
    path = tmp_path / "kuula.toml"
    path.write_text('[weekly]\nat = "07:30"\n[shifts]\nbegin = [08:00:00, "20:00"]', "utf-8")
    settings = load(path, {})
    assert (settings.weekly.at, settings.shifts.begin) == (time(7, 30), [time(8), time(20)])


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"[brands]\nx = = 1\n", 2, "not TOML"),
        (b'x = "open\n', 1, "not TOML"),
        (b"x = 1\nx = 2\n", 2, "not TOML"),
        (b"x = [" * 1, 1, "not TOML"),
        ("# õ\nx = 'õ'".encode("latin-1"), 1, "not UTF-8"),
        (b"x = " + b"[" * 5000, None, "nested too deeply"),
        (b"x = " + b"1" * 5000, None, "a number or a date"),
        (b"x = 1\n" * 400_000, None, "larger than 1 MB"),
    ],
)
def test_what_is_not_toml_is_said_with_its_line(tmp_path: Path, content: bytes, line: int | None, said: str) -> None:
    """Broken syntax, another encoding and absurd values are bad settings, never a traceback of the parser."""
    path = tmp_path / "kuula.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsErrors, match=said) as caught:
        load(path, {})
    assert caught.value.line == line


def test_a_file_from_a_windows_editor_is_read(tmp_path: Path) -> None:
    """A byte order mark and carriage returns do not hurt, and lines are still counted right."""
    path = tmp_path / "kuula.toml"
    path.write_bytes('\ufeff[pages]\r\nport = 1\r\nhots = "x"\r\n'.encode())
    with pytest.raises(SettingsErrors) as caught:
        load(path, {})
    assert (caught.value.line, caught.value.key) == (3, "pages.hots")


def test_the_file_is_found_by_option_then_environment_then_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``--settings`` wins over ``KUULA_SETTINGS``, which wins over ``kuula.toml`` right here."""
    ports = {name: tmp_path / name for name in ("one.toml", "two.toml", "kuula.toml")}
    for number, path in enumerate(ports.values(), 1):
        path.write_text(f"[pages]\nport = {number}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    environ = {"KUULA_SETTINGS": str(ports["two.toml"])}
    assert [load(ports["one.toml"], environ).pages.port, load(None, environ).pages.port, load(None, {}).pages.port] == [
        1,
        2,
        3,
    ]


def test_what_make_run_wrote_is_found_where_there_is_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands typed after ``make run`` are about what it watches, until the folder has settings of its own."""
    own, made = usual(tmp_path)
    monkeypatch.chdir(tmp_path)
    made.parent.mkdir()
    made.write_text("[pages]\nport = 1", encoding="utf-8")
    assert load(None, {}).file == made
    own.write_text("[pages]\nport = 2", encoding="utf-8")
    assert load(None, {}).file == own


def test_a_missing_file_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file the remedy is ``kuula init``; a path that leads nowhere is named with where it came from."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadSettings) as caught:
        load(None, {})
    assert "kuula init" in caught.value.remedy
    with pytest.raises(BadSettings, match="KUULA_SETTINGS names"):
        load(None, {"KUULA_SETTINGS": "/nowhere/kuula.toml"})


def test_sqlite_files_start_from_the_folder_of_the_settings(tmp_path: Path) -> None:
    """Every process finds the same ledger, wherever it was started."""
    settings = load(_file(tmp_path, '[index]\nurl = "http://search:9200"'), {})
    assert settings.ledger.url.get_secret_value() == f"sqlite:///{tmp_path}/.kuula/kuula.db"
    assert settings.index.url.get_secret_value() == "http://search:9200"
    assert settings.home == tmp_path


def test_policy_limits_follow_its_types(tmp_path: Path) -> None:
    """Text where a number belongs is one mistake, told at its key."""
    assert _errors(tmp_path, "[policy]\nalert_at = 'x'")[0][:3] == (2, "policy.alert_at", "must be a number")


@pytest.mark.parametrize(
    ("text", "line", "key", "said", "remedy"),
    [
        ("alert_at = 30\nhold_at = 30.5", 3, "hold_at", "`hold_at` is 30.5 and `alert_at` 30", "`hold_at = 30`"),
        ("hold_at = 29", 2, "hold_at", "`hold_at` is 29 and `alert_at` 28", "`hold_at = 28`"),
        ("alert_at = 4.5", 2, "alert_at", "`hold_at` is 5 and `alert_at` 4.5", "`hold_at = 4.5`"),
    ],
)
def test_nothing_is_held_above_what_alerts(
    tmp_path: Path, text: str, line: int, key: str, said: str, remedy: str
) -> None:
    """Whether both are written or one of them is the default; told at the one that is written."""
    [error] = _errors(tmp_path, f"[policy]\n{text}")
    assert error == (line, f"policy.{key}", f"{said}: nothing would ever wait", f"Write {remedy} or less.")


def test_what_holds_may_be_as_high_as_what_alerts(tmp_path: Path) -> None:
    """The same level for both is a choice: everything from there on alerts, and nothing waits."""
    assert load(_file(tmp_path, "[policy]\nalert_at = 0\nhold_at = 0"), {}).policy.hold_at == 0


@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_settings_or_bad_settings(tmp_path: Path, content: bytes) -> None:
    """Junk never ends in anything but ``BadSettings``."""
    path = tmp_path / "kuula.toml"
    path.write_bytes(content)
    with suppress(BadSettings):
        load(path, {})


@hypothesis_settings(max_examples=150)
@given(values=st.dictionaries(_KEYS, _VALUES, max_size=5))
def test_any_toml_is_settings_or_mistakes_with_lines(values: dict[str, object]) -> None:
    """Valid TOML of any shape is settings, or mistakes that all have a key, a remedy and a line of the file."""
    text = "\n".join(f"{to_toml_key(key)} = {to_toml(value)}" for key, value in values.items())
    mistakes: tuple[BadSettings, ...] = ()
    try:
        validate(values, {}, text=text)
    except SettingsErrors as error:
        mistakes = error.errors
    for one in mistakes:
        assert one.key.isprintable()
        assert one.remedy
        assert one.line in range(1, len(values) + 1)


def test_campaigns_and_holidays_of_a_brand(tmp_path: Path) -> None:
    """Campaigns are tables with two days, countries are known by their code; what is wrong is said with a remedy."""
    brand = '[brands.Omniva]\nnames = ["Omniva"]\ncountries = '
    campaign = f'{brand}["EE", "FI"]\n[[brands.Omniva.campaigns]]\nname = "Sale"\n'
    settings = load(_file(tmp_path, f"{campaign}from = 2026-11-27\nuntil = 2026-11-30\n"), {})
    (known,) = settings.brands["Omniva"].campaigns
    assert (known.name, known.begins.day, known.until.day) == ("Sale", 27, 30)
    assert settings.redacted()["brands"]["Omniva"]["campaigns"][0]["from"] == known.begins
    (backwards,) = _errors(tmp_path, f"{campaign}from = 2026-11-30\nuntil = 2026-11-27\n")
    assert backwards[1:3] == ("brands.Omniva.campaigns[0]", "the campaign would end before it begins")
    (misspelt,) = _errors(tmp_path, f"{campaign}fron = 2026-11-27\nfrom = 2026-11-27\nuntil = 2026-11-30\n")
    assert "from" in misspelt[3]
    (nowhere,) = _errors(tmp_path, f'{brand}["ee"]\n')
    assert "EE" in nowhere[3]


def test_own_accounts_may_be_bound_to_sources() -> None:
    """By the name of a source or by a kind, which means all sources of that kind; a bare name means every source."""
    settings = validate(
        {
            "sources": {"x": {}, "toots": {"kind": "mastodon"}, "more": {"kind": "mastodon"}, "news": {"kind": "rss"}},
            "brands": {"DPD": {"names": ["DPD"], "own_accounts": ["dpd", "x:@dpd_ee", "mastodon:dpd@toots.example"]}},
            "policy": {"own_accounts": ["https://toots.example/users/dpd"]},
        },
        {},
    )
    ours = settings.policy.with_own_accounts(settings.own_accounts("DPD"))
    everywhere = ("https://toots.example/users/dpd", "dpd")
    assert ours.own_at("x") == (*everywhere, "dpd_ee")
    assert ours.own_at("toots") == ours.own_at("more") == (*everywhere, "dpd@toots.example")
    assert ours.own_at("news") == everywhere
    assert settings.own_accounts("unknown") == everywhere[:1]
    assert {name: settings.own_accounts_at(name) for name in settings.sources} == {
        name: ours.own_at(name) for name in settings.sources
    }


def test_own_accounts_at_a_source_that_there_is_not() -> None:
    """A wrong name before the colon is a mistake, and not an account that nobody ever has."""
    with pytest.raises(SettingsErrors) as raised:
        validate(
            {
                "sources": {"toots": {"kind": "mastodon"}},
                "brands": {"DPD": {"names": ["DPD"], "own_accounts": ["toot:dpd", "mastodon:dpd"]}},
                "policy": {"own_accounts": ["did:plc:abc"]},
            },
            {},
        )
    assert [(error.key, str(error), error.remedy) for error in raised.value.errors] == [
        ("brands.DPD.own_accounts[0]", "there is no source named 'toot'", "Did you mean `toots`?"),
        (
            "policy.own_accounts[0]",
            "there is no source named 'did'",
            "Write a source's name before the colon, or the account alone: it is then ours at every source.",
        ),
    ]
