"""What the engineers' README names is there: no guide rots in silence."""

import importlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from monitors.cli.app import COMMANDS, LazyCommand
from monitors.http import Http
from monitors.source_settings import NetworkSettings
from monitors.sources import load
from monitors.testing.budgets import NoLimit

SOURCES = Path(__file__).parents[3] / "monitors" / "sources"
TEXT = (SOURCES / "README.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`([^`\n]+)`", TEXT)))


def test_it_is_short() -> None:
    """Nobody reads a long one."""
    assert len(TEXT.splitlines()) <= 60


@pytest.mark.parametrize("name", [name for name in NAMED if name.startswith(("monitors.", "models."))])
def test_names_of_the_code_exist(name: str) -> None:
    """Each dotted name is a module and something in it."""
    module, _, attribute = name.rpartition(".")
    assert hasattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("name", [name for name in NAMED if name.endswith((".py", "/"))])
def test_files_that_are_examples_exist(name: str) -> None:
    """Each file and folder stands in this folder."""
    assert (SOURCES / name).exists()


@pytest.mark.parametrize("command", sorted(set(re.findall(r"kuula (sources \w+)", TEXT))))
def test_commands_exist(command: str) -> None:
    """Each command that is shown can be run."""
    group, name = command.split()
    assert isinstance(real := LazyCommand(group, COMMANDS[group]).real(), typer.core.TyperGroup)
    assert name in real.commands


@pytest.mark.parametrize("name", ["kind", "can", "collect", "refresh", "reply", "follow", "parse", "Settings"])
def test_parts_of_a_source_are_explained(name: str) -> None:
    """What every source has is in the README under its name."""
    assert hasattr(load("mastodon"), name)
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("name", ["session", "now", "post", "translating"])
def test_parts_of_the_client_exist(name: str) -> None:
    """What the README says about the client is in it."""
    assert name in TEXT
    assert hasattr(Http(NetworkSettings(), budget=NoLimit(), now=lambda: datetime.now(UTC)), name)
