"""``python -m monitors.tasks.prepare [SLOTS]``: bring Airflow's own database up to date, make the pool of the sources.

Run it before Airflow's parts start, and again after every update of Airflow; it changes nothing that is right already.
"""

import sys

from airflow.models.pool import Pool
from airflow.utils.db import initdb

from monitors.tasks.pools import POOL, POOL_DESCRIPTION, POOL_SLOTS


def prepare(slots: int | None = None) -> None:
    """Make Airflow's tables and the pool; without a number, a pool that is there keeps the size that it was given."""
    initdb()
    if slots is not None or Pool.get_pool(POOL) is None:
        Pool.create_or_update_pool(POOL, slots or POOL_SLOTS, POOL_DESCRIPTION, include_deferred=False)


if __name__ == "__main__":
    prepare(*(int(number) for number in sys.argv[1:]))
