"""The pool that sources are asked in, for whoever has to make it: a task of a pool that does not exist waits for ever.

Fewer slots than the executor has workers leave one for alerts, however slow the sources are.
"""

POOL = "kuula_sources"
POOL_SLOTS = 3
POOL_DESCRIPTION = "Sources that are asked at once."
