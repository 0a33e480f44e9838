"""Respond: score, judge and deliver, as soon as posts have come in."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, task

from monitors.tasks.policy import POSTS, Polite

with DAG(
    dag_id="respond",
    description="Score new posts, decide who has to know, and tell them.",
    schedule=[POSTS],
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=5),
        "retry_policy": Polite(),
        "execution_timeout": timedelta(minutes=10),
    },
    tags=["kuula"],
):

    @task
    def respond() -> None:
        """Score, judge and deliver."""
        from monitors.tasks import steps

        steps.respond()

    @task
    def index() -> None:
        """Bring the index up to date."""
        from monitors.tasks import steps

        steps.index()

    respond() >> index()
