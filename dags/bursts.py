"""Bursts: too much is said of a brand, all at once or hour after hour, and why."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, task

from monitors.tasks.policy import Polite

with DAG(
    dag_id="bursts",
    description="Compare what is said of each brand with the same hours of the past days.",
    schedule=timedelta(minutes=5),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "retry_policy": Polite(),
        "execution_timeout": timedelta(minutes=4),
    },
    tags=["kuula"],
):

    @task
    def notice() -> int:
        """Look for bursts of every brand."""
        from monitors.tasks import steps

        return steps.notice_bursts()

    notice()
