"""``python -m monitors.tasks.clean``: forget what Airflow itself keeps of runs that are over, rows and logs.

No DAG does this: Airflow 3 lets no task into Airflow's own database, and the workers of production do not know its
password. Run it once a day beside Airflow's parts.
"""

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.configuration import conf
from airflow.sdk import timezone
from airflow.utils.db_cleanup import run_cleanup

from monitors.settings import load as load_settings

# Those that grow with every run, and what hangs on them. DAGs stay: one that was not read for a while is still ours.
TABLES = ("asset_event", "dag_run", "import_error", "job", "log", "revoked_token", "task_instance", "task_reschedule")
BATCH = 5000


def clean(before: datetime) -> None:
    """Forget rows and files from before a time; the last run of each DAG stays, as schedules go on from it."""
    run_cleanup(
        clean_before_timestamp=timezone.coerce_datetime(before),
        table_names=list(TABLES),
        confirm=False,
        skip_archive=True,
        batch_size=BATCH,
        error_on_cleanup_failure=True,
    )
    for option in ("base_log_folder", "dag_processor_child_process_log_directory"):
        _drop_files(Path(conf.get("logging", option)), before.timestamp())


def _drop_files(folder: Path, before: float) -> None:
    for place, _, names in os.walk(folder, topdown=False):
        for path in (Path(place, name) for name in names):
            # Whoever writes here may delete too.
            with suppress(FileNotFoundError):
                if path.lstat().st_mtime < before:
                    path.unlink()
        # A folder that lost a file just now is young: a task may have made it and be about to write its log there.
        with suppress(OSError):
            if Path(place) != folder and Path(place).stat().st_mtime < before:
                Path(place).rmdir()


if __name__ == "__main__":
    kept = timedelta(days=load_settings(None, os.environ).retention.airflow_days)
    clean(datetime.now(UTC) - kept)
