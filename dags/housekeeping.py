"""Housekeeping: once a night, forget what is older than the settings allow."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, task

from monitors.tasks.policy import Polite

with DAG(
    dag_id="housekeeping",
    description="Forget old posts, stories and sessions.",
    schedule="17 2 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={
        "retries": 3,
        "retry_delay": timedelta(minutes=5),
        "retry_policy": Polite(),
        "execution_timeout": timedelta(minutes=60),
    },
    tags=["kuula"],
):

    @task
    def keep_house() -> dict[str, int]:
        """Delete what is too old."""
        from monitors.tasks import steps

        return dict(steps.housekeeping())

    keep_house()
