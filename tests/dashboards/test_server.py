"""``kuula serve`` says where the pages are when they are there, and what to do when they cannot be."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from dashboards.server import listen
from monitors.errors import BadSettings
from monitors.settings.sections import Pages


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """The command, with the smallest settings, in an empty folder."""
    path = tmp_path / "kuula.toml"
    stores = "".join(f'[{name}]\nurl = "sqlite:///{tmp_path}/kuula.db"\n' for name in ("ledger", "index"))
    path.write_text(f'{stores}[brands.Acme]\nnames = ["Acme"]\n', encoding="utf-8")
    return [sys.executable, "-m", "monitors", "--settings", str(path), "serve"]


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_the_address_is_printed_when_somebody_is_there(command: list[str], asked: signal.Signals) -> None:
    """With port 0 the real one is printed, whoever goes there at once is answered, and either signal ends it well."""
    with subprocess.Popen([*command, "--port", "0"], stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        found = next(filter(None, (re.search(r"The pages are at (http://\S+:\d+)\.", line) for line in running.stderr)))
        with urlopen(f"{found[1]}/healthz", timeout=60) as answer:
            assert answer.read() == b"ok"
        running.send_signal(asked)
        assert running.wait(timeout=60) == 0


def test_a_port_in_use_is_said_with_its_remedy(command: list[str]) -> None:
    """No address is printed where another program answers; the error says what to do, without a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*command, "--port", port], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0
    assert f"port {port} on 127.0.0.1 is taken" in done.stderr
    assert "--port 8009" in done.stderr
    assert "The pages are at" not in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_of_another_machine_is_a_mistake_in_the_settings() -> None:
    """What cannot be listened on is named by its key."""
    with pytest.raises(BadSettings) as caught:
        listen(Pages.model_validate({"host": "192.0.2.1"}))
    assert caught.value.key == "pages.host"
