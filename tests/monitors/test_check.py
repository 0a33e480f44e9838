"""What ``kuula check`` finds beyond what loading refuses."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitors import sources
from monitors.bootstrap import clock
from monitors.check import Report, check
from monitors.ledger import people
from monitors.ledger.engine import Ledger
from monitors.ledger.people import Person, Role
from monitors.settings import SourceConfig

_GOOD = """\
[brands.Omniva]
names = ["Omniva"]
denominator = {what = "deliveries", per_day = 43000}
[sources.x]
[channels.log]
kind = "log"
[people.mari]
role = "admin"
channels = ["log"]
"""
_TOKEN = {"KUULA_SOURCES_X_BEARER_TOKEN": "t0ken-t0ken"}


def _check(
    folder: Path, text: str, environ: dict[str, str] | None = None, now: Callable[[], datetime] = clock
) -> Report:
    path = folder / "kuula.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return check(path, _TOKEN if environ is None else environ, folder, now=now)


def _said(report: Report) -> list[tuple[int | None, str, str, str]]:
    return [(one.line, one.key, str(one), one.remedy) for one in (*report.errors, *report.warnings)]


def test_good_settings_pass_without_a_word(tmp_path: Path) -> None:
    """Nothing is found where nothing is wrong."""
    report = _check(tmp_path, _GOOD)
    assert _said(report) == []
    assert report.settings is not None


def test_a_missing_secret_names_its_variable(tmp_path: Path) -> None:
    """The remedy for a source without its token is the variable to set."""
    report = _check(tmp_path, _GOOD, {})
    remedy = "Set KUULA_SOURCES_X_BEARER_TOKEN or KUULA_SOURCES_X_BEARER_TOKEN_FILE."
    assert _said(report) == [(4, "sources.x.bearer_token", "is missing, and it is a secret", remedy)]
    assert report.settings is None


def test_options_are_checked_against_their_kind(tmp_path: Path) -> None:
    """Unknown options and wrong values of a source are found, with line and remedy, beside mistakes elsewhere."""
    report = _check(tmp_path, _GOOD.replace("[channels", "page_sise = 50\ntimeout_seconds = 0\n[channels") + "[page]\n")
    assert [(line, key) for line, key, *_ in _said(report)] == [
        (5, "sources.x.page_sise"),
        (6, "sources.x.timeout_seconds"),
        (12, "page"),
    ]
    assert report.errors[0].remedy == "Did you mean `page_size`?"


def test_an_unknown_kind_offers_the_nearest(tmp_path: Path) -> None:
    """A misspelt kind is told at its line, with the kind that was probably meant."""
    report = _check(tmp_path, _GOOD.replace("[sources.x]", '[sources.posts]\nkind = "flie"\n[sources.y]'))
    assert _said(report)[0] == (5, "sources.posts.kind", "there is no such kind of source", "Did you mean `file`?")
    assert _said(report)[1][:2] == (6, "sources.y")


def test_a_source_that_is_off_may_be_unfinished(tmp_path: Path) -> None:
    """Options of a source that is not enabled are not asked for."""
    report = _check(tmp_path, _GOOD + "[sources.later]\nkind = 'x'\nenabled = false\n")
    assert report.errors == ()


def test_secrets_do_not_show_in_findings(tmp_path: Path) -> None:
    """A secret that a source refuses is not repeated."""
    text = _GOOD.replace("[sources.x]", '[sources.x]\nbase_url = "t0ken-t0ken"\npage_size = "t0ken-t0ken"')
    report = _check(tmp_path, text)
    assert len(report.errors) == 2
    assert "t0ken" not in str(_said(report))


@pytest.mark.parametrize(
    ("before", "after", "key", "said"),
    [
        ('[brands.Omniva]\nnames = ["Omniva"]\n', "[brands]\n#", "brands", "no brand is watched"),
        ("[sources.x]", "[sources.x]\nenabled = false", "sources", "no source is enabled"),
        ('[people.mari]\nrole = "admin"\nchannels', "[people]\n#", "people", "nobody is alerted"),
        ('"admin"', '"support"', "people", "nobody may manage people"),
        ('channels = ["log"]', "", "people.mari", "no alert reaches them"),
        ("denominator", "#", "brands.Omniva", "complaints cannot be shown as a rate"),
        ('["Omniva"]', '["Omniva"]\nexcluded = ["omniva"]', "brands.Omniva.excluded[0]", "excludes every post"),
        ("[sources.x]", "[sources.x]\nbase_url = 'http://example.com'", "sources.x.base_url", "is not encrypted"),
        (
            "[people.mari]",
            "[pages]\npublic_url = 'http://a.example'\n[people.mari]",
            "pages.public_url",
            "not encrypted",
        ),
        ("[people.mari]", "[pages]\nhost = '0.0.0.0'\n[people.mari]", "pages.host", "would not work from elsewhere"),
        (
            "[people.mari]",
            "[models]\nsentiment = {kind = 'transformers', path = './none'}\n[people.mari]",
            "models.sentiment.path",
            "no such folder",
        ),
        (
            "[people.mari]",
            "[models]\ncomplaint = {kind = 'own', path = 'models/none'}\n[people.mari]",
            "models.complaint.path",
            "no such folder",
        ),
        (
            "[people.mari]",
            "[brands.B]\nnames = ['OMNIVA']\n[people.mari]",
            "brands.B.names[0]",
            "is a name of Omniva too",
        ),
    ],
)
def test_what_is_probably_not_meant_is_a_warning(tmp_path: Path, before: str, after: str, key: str, said: str) -> None:
    """Settings that work but watch nothing, reach nobody or are open to listeners are told, and still load."""
    report = _check(tmp_path, _GOOD.replace(before, after, 1))
    assert report.errors == ()
    assert report.settings is not None
    found = [one for one in report.warnings if one.key == key and said in str(one)]
    assert found
    assert found[0].line
    assert found[0].remedy


def test_a_local_server_needs_no_encryption(tmp_path: Path) -> None:
    """A source on this machine, as tests and drills have, is no reason to warn."""
    report = _check(tmp_path, _GOOD.replace("[sources.x]", "[sources.x]\nbase_url = 'http://127.0.0.1:8000'"))
    assert report.warnings == ()


def test_a_variable_that_fits_nothing_is_a_warning(tmp_path: Path) -> None:
    """A misspelt variable is named."""
    report = _check(tmp_path, _GOOD, _TOKEN | {"KUULA_SOURCES_Y_TOKEN": "secret"})
    assert [one.key for one in report.warnings] == ["KUULA_SOURCES_Y_TOKEN"]


@pytest.mark.parametrize("line", ['url = "mailtos://u:p@example.com"', 'kind = "log"'])
def test_secrets_in_a_file_that_all_can_read_are_a_warning(tmp_path: Path, line: str) -> None:
    """A file with an address of a channel in it should be its owner's alone; without secrets anybody may read it."""
    path = tmp_path / "kuula.toml"
    path.write_text(_GOOD.replace('kind = "log"', line), encoding="utf-8")
    path.chmod(0o644)
    report = check(path, _TOKEN, tmp_path)
    assert ["chmod 600" in one.remedy for one in report.warnings] == ([True] if "url" in line else [])


def test_a_file_that_is_not_toml_is_one_error(tmp_path: Path) -> None:
    """Nothing else can be said about a file that cannot be parsed."""
    report = _check(tmp_path, "[x\n")
    assert [one.line for one in report.errors] == [1]


@pytest.mark.parametrize("kind", sources.kinds())
def test_options_of_kinds_do_not_collide_with_what_all_sources_take(kind: str) -> None:
    """A kind's option called ``enabled`` or ``budget`` could never be set."""
    assert not sources.load(kind).Settings.model_fields.keys() & SourceConfig.model_fields.keys()


@pytest.mark.parametrize("path", ["posts.csv", "exports/*.csv"])
def test_a_file_that_is_not_there_is_a_warning(tmp_path: Path, path: str) -> None:
    """A path, from the folder of the settings, that leads to no file is told with its line until the file is there."""
    text = _GOOD.replace("[sources.x]", f'[sources.export]\nkind = "file"\npath = "{path}"')
    report = _check(tmp_path, text, {})
    message = f"leads to no file now: {tmp_path / path}"
    assert _said(report) == [(6, "sources.export.path", message, "Put the file there, or correct the path.")]
    assert report.settings is not None
    found = tmp_path / path.replace("*", "one")
    found.parent.mkdir(exist_ok=True)
    found.write_text("text\nOmniva\n", encoding="utf-8")
    assert _said(_check(tmp_path, text, {})) == []


@pytest.mark.parametrize(("content", "said"), [("", "an empty file"), ("id,text\n", "a file without rows")])
def test_a_file_without_posts_is_a_warning(tmp_path: Path, content: str, said: str) -> None:
    """Whoever exported nothing is told so, whether the columns have names or not."""
    text = _GOOD.replace("[sources.x]", '[sources.export]\nkind = "file"\npath = "posts.csv"')
    (tmp_path / "posts.csv").write_text(content, encoding="utf-8")
    message = f"leads to {said} now: {tmp_path / 'posts.csv'}"
    assert _said(_check(tmp_path, text, {})) == [
        (6, "sources.export.path", message, "Put posts there, or correct the path.")
    ]


def test_a_file_that_nobody_reads_is_not_missed(tmp_path: Path) -> None:
    """A source that is switched off may name what is not there."""
    text = _GOOD + '[sources.export]\nkind = "file"\npath = "posts.csv"\nenabled = false\n'
    assert _said(_check(tmp_path, text)) == []


def test_a_drill_about_nobody_is_no_reason_to_warn(tmp_path: Path) -> None:
    """The stories about Paklo, which `make run` tells, are plainly a drill; about a real brand they are warned of."""
    assert _said(_check(tmp_path, _GOOD + "[sources.drill]\n")) == []
    [said] = _said(_check(tmp_path, _GOOD + '[sources.drill]\nbrand = "Omniva"\n'))
    assert said[:3] == (11, "sources.drill.brand", "the drill makes up posts, and so alerts, about Omniva")
    assert "Remove `[sources.drill]`" in said[3]


def _saturday() -> datetime:
    return datetime(2026, 2, 28, 12, tzinfo=UTC)


_DUTY = """
[people.sleepy]
[people.onlooker]
role = "viewer"
channels = ["log"]
[rota]
[[rota.duties]]
name = "day"
people = ["{who}"]
days = ["mon", "tue", "wed", "thu", "fri"]
from = 09:00:00
until = 17:00:00
"""


def test_duties_that_leave_people_uncalled_are_doubted(tmp_path: Path) -> None:
    """Those whom nothing reaches, and the first gap, as it is on the clocks."""
    said = [(key, message) for _, key, message, _ in _said(_check(tmp_path, _duty("mari", "sleepy"), now=_saturday))]
    unreached = "no alert reaches sleepy, who has this duty: the next person is called instead"
    assert ("rota.duties[0].people[1]", unreached) in said
    gap = "nobody is on duty from Sat 2026-02-28 14:00 to Mon 2026-03-02 09:00, and 40 times more in 8 weeks"
    assert ("rota.duties", gap) in said


def _duty(*who: str) -> str:
    return _GOOD + _DUTY.replace("{who}", '", "'.join(who))


_NO_TABLE = "there is no such table in `[people]`"
_LOOKS = "onlooker is a viewer, who may not handle incidents"


@pytest.mark.parametrize(
    ("text", "key", "line", "message", "remedy"),
    [
        (_duty("mari", "marri"), "rota.duties[0].people[1]", 18, _NO_TABLE, "Did you mean `mari`?"),
        (
            _duty("x"),
            "rota.duties[0].people[0]",
            18,
            _NO_TABLE,
            "Add a table `[people.NAME]`, and write its NAME here.",
        ),
        (
            _duty("mari", "onlooker"),
            "rota.duties[0].people[1]",
            18,
            _LOOKS,
            'Take onlooker out, or write `role = "support"` in `[people.onlooker]`.',
        ),
        (
            _duty("mari") + "[escalation]\norder = ['mari', 'onlooker']\n",
            "escalation.order[1]",
            23,
            _LOOKS,
            'Take onlooker out, or write `role = "support"` in `[people.onlooker]`.',
        ),
    ],
)
def test_a_duty_of_somebody_who_can_do_nothing_is_an_error(
    tmp_path: Path, text: str, key: str, line: int, message: str, remedy: str
) -> None:
    """An unknown person, and one who only looks: with the line, and what to write instead."""
    report = _check(tmp_path, text, now=_saturday)
    assert [(one.line, one.key, str(one), one.remedy) for one in report.errors] == [(line, key, message, remedy)]
    assert report.settings is None


def test_a_gap_when_the_team_is_not_there_is_meant(tmp_path: Path) -> None:
    """With opening hours only a gap in them is told: here the last hour of each day, and none once it is covered."""
    open_until = '[[hours.open]]\ndays = ["mon", "tue", "wed", "thu", "fri"]\nfrom = 09:00:00\nuntil = {}:00:00\n'
    text = _duty("mari")
    told = [
        [
            message
            for _, key, message, _ in _said(_check(tmp_path, text + open_until.format(end), now=_saturday))
            if key == "rota.duties"
        ]
        for end in ("17", "18")
    ]
    assert told[0] == []
    assert [message[:67] for message in told[1]] == [
        "nobody is on duty from Mon 2026-03-02 17:00 to Tue 2026-03-03 09:00"
    ]


@pytest.fixture
def peopled(tmp_path: Path) -> Iterator[Ledger]:
    """The ledger of the settings, with Mari in it."""
    (tmp_path / ".kuula").mkdir()
    ledger = Ledger(f"sqlite:///{tmp_path}/.kuula/kuula.db")
    ledger.migrate()
    _save(ledger, "mari", "Europe/Tallinn")
    yield ledger
    ledger.close()


def _save(ledger: Ledger, name: str, zone: str) -> None:
    with ledger.write() as tx:
        people.save(tx, Person(name, name, Role.ADMIN, "et", zone), "test", _saturday())


def test_a_zone_in_the_ledger_that_nobody_knows_is_doubted(tmp_path: Path, peopled: Ledger) -> None:
    """Whoever is in the ledger with it is named, in the settings or not, with what to do."""
    assert _said(_check(tmp_path, _GOOD)) == []
    _save(peopled, "mari", "Mars/Olympus")
    _save(peopled, "olga", "Europe/Kiev\n[red]")
    remedy = "Correct it on the page of people; until then the clocks of the rota count for them."
    unknown = "has the time zone {} in the ledger, which is not known here"
    assert sorted(_said(_check(tmp_path, _GOOD)), key=lambda one: one[1]) == [
        (None, "", "olga " + unknown.format(repr("Europe/Kiev\n[red]")), remedy),
        (7, "people.mari", "mari " + unknown.format("'Mars/Olympus'"), remedy),
    ]


def test_a_duty_of_somebody_who_was_locked_out_is_doubted(tmp_path: Path, peopled: Ledger) -> None:
    """The settings still name Mari, whom an admin locked out: told at the duty."""
    with peopled.write() as tx:
        people.deactivate(tx, "mari", "anna", _saturday())
    said = [(line, key, message) for line, key, message, _ in _said(_check(tmp_path, _duty("mari")))]
    locked = "mari has this duty and was locked out: the next person is called instead"
    assert (18, "rota.duties[0].people[0]", locked) in said


def test_a_ledger_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """Checking changes nothing on the disk."""
    _check(tmp_path, _GOOD)
    assert [path.name for path in tmp_path.iterdir()] == ["kuula.toml"]


@pytest.mark.parametrize(
    ("url", "said", "remedy"),
    [
        ("sqlite:///junk.db", "this is no ledger of Kuula", "Correct the address, or put the file away."),
        ("postgresql+psycopg://u:s3cret@127.0.0.1:1/kuula", "its people were not looked at", "Start it, or correct"),
        ("what", "the ledger's address is not understood", "write sqlite:///FILE or"),
    ],
)
def test_a_ledger_that_cannot_be_read_is_a_warning(tmp_path: Path, url: str, said: str, remedy: str) -> None:
    """A file that is none, a server that is down and an address that is none are told, and stop nothing else."""
    (tmp_path / "junk.db").write_text("This is a letter, and not a database at all.\n" * 99, encoding="utf-8")
    report = _check(tmp_path, _GOOD + f'[ledger]\nurl = "{url}"\n')
    [(line, key, message, what)] = _said(report)
    assert (line, key, report.errors) == (11, "ledger.url", ())
    assert said in message
    assert what.startswith(remedy)
    assert "s3cret" not in message


def test_a_ledger_of_another_version_is_left_alone(tmp_path: Path) -> None:
    """The next start brings it up to date; checking reads nothing from tables that it does not know."""
    (tmp_path / ".kuula").mkdir()
    (tmp_path / ".kuula" / "kuula.db").touch(mode=0o600)
    assert _said(_check(tmp_path, _GOOD)) == []


def test_phrases_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    """The pages would not start with them: the check says so first, by file."""
    (tmp_path / "phrases").mkdir()
    (tmp_path / "phrases" / "et.toml").mkdir()
    [(_, key, message, remedy)] = _said(_check(tmp_path, _GOOD + '[replies]\nphrases = "phrases"\n'))
    assert (key, remedy) == ("replies.phrases", "Put a plain file there that Kuula may read.")
    assert "et.toml cannot be read: it is a folder" in message
