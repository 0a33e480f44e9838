"""``kuula rescore``: new scores for all, and no alert for anybody."""

import json
from pathlib import Path

import pytest

from monitors.__main__ import main

SETTINGS = """
[brands.Acme]
names = ["Acme"]
[sources.export]
kind = "file"
path = "posts.csv"
[channels.log]
kind = "log"
[people.ann]
channels = ["log"]
"""
POSTS = """id,created_at,author,text
1,2026-11-20T09:00:00Z,mia,"Acme, if this is not fixed by Friday I will see you in court. I want my money back."
2,2026-11-20T09:05:00Z,bob,"Thank you Acme, it came early!"
"""


def test_scoring_again_alerts_nobody_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a rescore and another run the posts have new scores, and the same incidents and alerts as before."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kuula.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "posts.csv").write_text(POSTS, "utf-8")
    first = _run(capsys)
    assert first["alerts"] == 1
    _kuula("rescore")
    assert "2 posts wait" in capsys.readouterr().out
    assert _run(capsys) == first


def _run(capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    _kuula("run", "--once")
    totals: dict[str, int] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return totals


def _kuula(*arguments: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code in {0, None}
