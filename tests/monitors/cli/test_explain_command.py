"""``kuula explain`` at a terminal."""

from pathlib import Path

import pytest

from monitors.__main__ import main

SETTINGS = """
[brands.Omniva]
names = ["Omniva"]
[sources.file]
path = "posts.csv"
[channels.log]
kind = "log"
[people.ann]
channels = ["log"]
"""
STEERING = "\x1b[2J\x9b31m\u202e"


def test_what_strangers_wrote_does_not_steer_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text and the author's name are shown with escapes for whatever is no letter, and the reasons as they are."""
    monkeypatch.chdir(tmp_path)
    Path("kuula.toml").write_text(SETTINGS, "utf-8")
    row = f"1,Omniva lost my parcel {STEERING} õ,2026-01-01T00:00:00Z,eve{STEERING}\n"
    Path("posts.csv").write_text(f"id,text,created_at,author\n{row}", "utf-8")
    for command in (["run", "--once"], ["explain", "file:1"]):
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(command)
        assert not left.value.code
    shown = capsys.readouterr().out
    assert all(line.isprintable() for line in shown.split("\n"))
    assert r"lost my parcel \x1b[2J\x9b31m\u202e õ" in shown
    assert r"by eve\x1b[2J\x9b31m\u202e at" in shown
    assert "decision for Omniva" in shown
