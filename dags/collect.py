"""Collect: every source that is due, once for each brand that it can search for, a task each."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, task

from monitors.tasks.policy import POOL, POSTS, Polite

with DAG(
    dag_id="collect",
    description="Bring new posts from every source into the ledger.",
    schedule=timedelta(seconds=30),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    # A slow source keeps its run open; the others are collected by the next ones. The ledger lets nobody in twice.
    max_active_runs=3,
    is_paused_upon_creation=False,
    default_args={
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "retry_policy": Polite(),
        "execution_timeout": timedelta(minutes=14),
    },
    tags=["kuula"],
):

    @task
    def plan() -> list[dict[str, str | None]]:
        """Say what is due."""
        from monitors.tasks import steps

        return steps.plan_collect()

    @task(pool=POOL, outlets=[POSTS], map_index_template="{{ task.op_kwargs['source'] }} {{ task.op_kwargs['brand'] }}")
    def collect(source: str, brand: str | None) -> dict[str, int]:
        """Sweep one source for one brand."""
        from monitors.tasks import steps

        return dict(steps.collect_one(source, brand))

    collect.expand_kwargs(plan())
