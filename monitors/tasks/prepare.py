"""``python -m monitors.tasks.prepare``: bring Airflow's own database up to date and make the pool of the sources.

Run it before Airflow's parts start, and again after every update of Airflow; it changes nothing that is right already.
"""

from airflow.models.pool import Pool
from airflow.utils.db import initdb

from monitors.tasks.pools import POOL, POOL_DESCRIPTION, POOL_SLOTS


def prepare() -> None:
    """Make Airflow's tables and the pool; a pool that is there keeps the size that somebody gave it."""
    initdb()
    if Pool.get_pool(POOL) is None:
        Pool.create_or_update_pool(POOL, POOL_SLOTS, POOL_DESCRIPTION, include_deferred=False)


if __name__ == "__main__":
    prepare()
