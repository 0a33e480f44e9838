"""The API does what its document says: schemathesis asks everything that the document allows, and what it does not.

``KUULA_TEST_EXAMPLES=300`` makes it ask for longer.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from fakes.town import SECRET, Town, fill, settle

from dashboards.app import create_app
from dashboards.server import listen
from monitors.ledger import api_tokens, promises
from monitors.ledger.api_tokens import NewToken, Scope
from monitors.ledger.promises import NewPromise
from monitors.settings.hook_sections import Api
from monitors.settings.sections import Pages

EXAMPLES = int(os.environ.get("KUULA_TEST_EXAMPLES", "5"))
GENERATED = re.compile(r"(\d+) generated")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The real application on loopback, by the real clock, over a ledger with three incidents: address and token."""
    town = settle(tmp_path, lambda: datetime.now(UTC), "no password")
    fill(town)
    now = town.clock()
    with town.ledger.write() as tx:
        token = api_tokens.make(tx, NewToken("schemathesis", list(Scope)), "anna", now)
        for number in (1, 2, 3):
            promises.make(tx, NewPromise(number, "emma", "A call", now.replace(year=now.year + 1), now), now)
    with closing(listen(Pages.model_validate({"port": 0}))) as listener:
        server = uvicorn.Server(uvicorn.Config(_app(town), log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1", token
        server.should_exit = True
        thread.join(30)
    town.ledger.close()


def _app(town: Town) -> object:
    # So many requests in a minute that no token of a team would make.
    patient = town.settings.model_copy(update={"api": Api(requests_per_minute=1_000_000)})
    return create_app(ledger=town.ledger, index=town.index, settings=patient, now=town.clock, secret_key=SECRET)


def test_every_operation_conforms(served: tuple[str, str], tmp_path: Path) -> None:
    """With all checks, examples of every operation and chains of them: no answer that the document does not promise."""
    address, token = served
    asked = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run"]
    asked += [f"{address}/openapi.json", "--header", f"Authorization: Bearer {token}", "--checks", "all"]
    asked += ["--max-examples", str(EXAMPLES), "--wait-for-schema", "30", "--no-color"]
    if os.environ.get("CI") == "true":
        asked += ["--seed", "1"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("KUULA_")}
    done = subprocess.run(asked, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    found = GENERATED.search(done.stdout)
    assert found is not None
    assert int(found[1]) > 300
