"""The steps that a post goes through, a module each, in this order.

::

    collect ──▶ score ──▶ judge ──▶ deliver ──▶ people
       ▲                    │          ▲
    refresh              indexing    guard (promises, answers, silence)

Each step claims its work from the ledger, does it, and writes what came of it in one transaction. Nothing is handed
from step to step in memory, so that any of them can be killed at any time and run by any worker.
"""
