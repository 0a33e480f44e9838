"""Refresh: posts are read again, young and risky ones often, for their counts, edits and deletions.

So is what customers and our accounts say to each other below the posts that people handle.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, task

from monitors.tasks.policy import POOL, POSTS, Polite

with DAG(
    dag_id="refresh",
    description="Read posts again for their counts, edits and deletions.",
    schedule=timedelta(minutes=1),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "retry_policy": Polite(),
        "execution_timeout": timedelta(minutes=5),
    },
    tags=["kuula"],
):

    @task
    def plan() -> list[str]:
        """Say which sources can be read again."""
        from monitors.tasks import steps

        return steps.plan_refresh()

    @task(pool=POOL, outlets=[POSTS])
    def refresh(source: str) -> dict[str, int]:
        """Read the posts of one source again."""
        from monitors.tasks import steps

        return dict(steps.refresh_one(source))

    refresh.expand(source=plan())
