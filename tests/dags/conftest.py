"""Airflow reads its settings when it is first imported: they are set here, before any test can do that."""

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

DAGS = Path(__file__).parents[2] / "dags"
HOME = Path(tempfile.mkdtemp(prefix="kuula-airflow-"))

os.environ.update(
    {
        "AIRFLOW_HOME": str(HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(HOME / "logs"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
)

# Airflow 3.3 uses these itself, in places that nothing of ours can change; what our own files use still is an error.
AIRFLOWS_OWN = (
    "ignore:GitWildMatchPattern:DeprecationWarning",
    "ignore::DeprecationWarning:airflow.*",
    "ignore::ResourceWarning:airflow.*",
    "ignore::sqlalchemy.exc.SAWarning:airflow.*",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let Airflow's own warnings pass in the tests of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for each in AIRFLOWS_OWN:
                item.add_marker(pytest.mark.filterwarnings(each))


@pytest.fixture(scope="session")
def dags() -> dict[str, Any]:
    """The DAGs as Airflow reads them from their folder, by id."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(DAGS))
    assert bag.import_errors == {}
    return dict(bag.dags)


@pytest.fixture(scope="session")
def airflow_ready() -> None:
    """Airflow's own database, in SQLite, with the pool of the sources."""
    from monitors.tasks.prepare import prepare

    prepare()
