"""The Compose project as Docker Compose's own loader understands it."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

ROOT = Path(__file__).parents[2]
Loaded: TypeAlias = "subprocess.CompletedProcess[str]"


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Loaded]:
    """Load Compose files, with no variables set but those given; the program is built once in a run."""
    go = shutil.which("go")
    if go is None:
        message = "No real server: Go is not installed, and Docker Compose's own loader is written in it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    program = tmp_path_factory.mktemp("compose") / "check"
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false"}
    subprocess.run([go, "build", "-o", program, "."], cwd=Path(__file__).parent / "check", env=environment, check=True)

    def run(*files: Path, **variables: str) -> Loaded:
        environment = {"PATH": os.defpath, "HOME": str(program.parent), **variables}
        return subprocess.run([program, *files], capture_output=True, text=True, env=environment, check=False)

    return run


@pytest.fixture(scope="session")
def project(load: Callable[..., Loaded]) -> dict[str, Any]:
    """The project of docker-compose.yml, normalised, with the defaults of all its variables."""
    loaded = load(ROOT / "docker-compose.yml")
    assert loaded.returncode == 0, loaded.stderr
    found: dict[str, Any] = json.loads(loaded.stdout)
    return found


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A folder of secrets as a team makes it."""
    folder = tmp_path / "secrets"
    subprocess.run([ROOT / ".docker" / "secrets", folder], check=True, stdout=subprocess.DEVNULL)
    return folder
