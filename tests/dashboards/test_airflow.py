"""The pages inside Airflow, behind its real sign-in."""

import json
import os
import subprocess
import sys
from pathlib import Path

DOOR = Path(__file__).parent.parent / "fakes" / "airflow_door.py"


def test_airflow_says_who_is_there(tmp_path: Path) -> None:
    """Without Airflow's token nobody gets in, nor whom Kuula locked out; others get what their role there allows."""
    settings = {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
        "AIRFLOW__API_AUTH__JWT_SECRET": "for tests only " * 6,
        # The code beside these tests, also where another checkout is the one that is installed.
        "PYTHONPATH": os.pathsep.join(str(folder) for folder in DOOR.parents[1:3][::-1]),
    }
    done = subprocess.run(
        [sys.executable, str(DOOR), str(tmp_path)],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {
        "nobody": [401, False, 401, 401],
        "anna": [200, False, 403, 403],
        "bob": [200, False, 403, 403],
        "carol": [200, True, 403, 403],
        "dora": [200, True, 200, 403],
        "emma": [401, False, 401, 401],
    }
