"""Guard: promises, unanswered alerts, messages that did not go out, sources that fell silent."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, task

from monitors.tasks.policy import Polite

with DAG(
    dag_id="guard",
    description="Look at every clock, so that nothing promised is forgotten.",
    schedule=timedelta(seconds=20),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={
        "retries": 1,
        "retry_delay": timedelta(seconds=5),
        "retry_policy": Polite(),
        "execution_timeout": timedelta(minutes=5),
    },
    tags=["kuula"],
):

    @task
    def guard() -> None:
        """Remind, escalate and deliver."""
        from monitors.tasks import steps

        steps.guard_once()

    guard()
