"""`kuula playbook` and `kuula customers`: begin a playbook, hear what is wrong in it, import customers."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from monitors.__main__ import main
from monitors.check import check
from monitors.cli.customers_commands import AT_ONCE
from monitors.ledger import concessions
from monitors.ledger.engine import Ledger
from monitors.playbook.library import defaults

Run = Callable[..., tuple[int, str]]
SETTINGS = """\
[brands.Omniva]
names = ["Omniva"]
denominator = {what = "deliveries", per_day = 43000}
[sources.export]
kind = "file"
path = "posts.csv"
[channels.log]
kind = "log"
[people.mari]
role = "admin"
channels = ["log"]
[playbook]
folder = "our-playbook"
"""


@pytest.fixture
def kuula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``kuula`` in a folder with settings; gives the exit code and what was printed."""
    for name in [name for name in os.environ if name.startswith("KUULA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kuula.toml").write_text(SETTINGS)

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        shown = capsys.readouterr()
        return int(left.value.code or 0), shown.out + shown.err

    return run


def test_a_playbook_begins_with_ours_and_is_in_order(kuula: Run, tmp_path: Path) -> None:
    """`new` copies every file into the folder of the settings once, and `check` finds nothing wrong."""
    assert "no such" not in kuula("playbook", "new")[1]
    assert len(list((tmp_path / "our-playbook").glob("*.md"))) == len(defaults())
    assert "Copied 0 files" in kuula("playbook", "new")[1]
    assert kuula("playbook", "check") == (0, f"The playbook is in order: {len(defaults())} files.\n")


def test_a_mistake_is_told_by_both_checks(kuula: Run, tmp_path: Path) -> None:
    """`playbook check` and `check` name file and line and say what to write; a missing language is a warning."""
    kuula("playbook", "new")
    file = tmp_path / "our-playbook" / "leaving.md"
    file.write_text(file.read_text("utf-8").replace("churn_threat", "churn_thraet"), "utf-8")
    other = tmp_path / "our-playbook" / "praise.md"
    other.write_text(other.read_text("utf-8").replace("  fi: Kehu\n", ""), "utf-8")
    code, said = kuula("playbook", "check", "our-playbook")
    assert code == 2
    assert "leaving.md:2: `churn_thraet` is no signal. Did you mean `churn_threat`?" in said
    assert "warning: praise.md: the title is not there in fi." in said
    report = check(tmp_path / "kuula.toml", {}, tmp_path)
    found = [(one.key, str(one)) for one in report.warnings]
    assert ("playbook.folder", "leaving.md:2: `churn_thraet` is no signal") in found
    assert report.settings is not None


def test_customers_are_imported_and_bad_rows_left_out(kuula: Run, tmp_path: Path) -> None:
    """A list as people send it is read; what is not understood is told with its line."""
    rows = [
        "source;account;value_per_year;since",
        "export;@Mari;1 200,50;15.03.2021",
        "export;jaan;much;",
        "export;;5;",
        "x;olga;7;",
    ]
    (tmp_path / "customers.csv").write_text("\n".join(rows), "utf-8")
    code, said = kuula("customers", "import", "customers.csv")
    assert code == 0, said
    assert "customers.csv:3: value_per_year is no amount" in said
    assert "customers.csv:4: it names no source or no account" in said
    assert "not in the settings: sources x" in said
    assert "2 customers imported, 2 rows left out." in said
    ledger = Ledger(f"sqlite:///{tmp_path}/.kuula/kuula.db")
    with ledger.read() as tx:
        known = concessions.customer(tx, "export", ("mari",))
        assert known is not None
        assert (known.value_per_year, known.customer_since) == (1200.5, "2021-03-15")
    ledger.close()


def test_half_a_letter_in_a_list_of_customers_is_left_out(kuula: Run, tmp_path: Path) -> None:
    """What no database can keep is told with its line, and the other rows are imported."""
    rows = ['{"source": "export", "account": "\\ud800", "value_per_year": 5}']
    rows.append('{"source": "export", "account": "mari", "value_per_year": 5}')
    (tmp_path / "customers.jsonl").write_text("\n".join(rows), "utf-8")
    code, said = kuula("customers", "import", "customers.jsonl")
    assert code == 0, said
    assert "customers.jsonl:1: its source or account has characters that cannot be kept" in said
    assert "1 customers imported, 1 rows left out." in said


def test_a_list_without_its_columns_is_refused(kuula: Run, tmp_path: Path) -> None:
    """The columns that it lacks are named."""
    (tmp_path / "customers.csv").write_text("name,worth\nmari,5\n", "utf-8")
    code, said = kuula("customers", "import", "customers.csv")
    assert code == 2
    assert "no column source, account, value_per_year" in said


def test_a_list_that_ends_in_the_middle_changes_nothing(kuula: Run, tmp_path: Path) -> None:
    """A packed list that was cut on its way is refused before anything is written, however far it can be read."""
    rows = "".join(f"export,customer-{number},{number}\n" for number in range(AT_ONCE + 5_000))
    whole = gzip.compress(f"source,account,value_per_year\n{rows}".encode())
    (tmp_path / "customers.csv.gz").write_bytes(whole[: len(whole) - 1000])
    code, said = kuula("customers", "import", "customers.csv.gz")
    assert code == 2, said
    assert "cannot be read" in said
    assert not (tmp_path / ".kuula").exists()
