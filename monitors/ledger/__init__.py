"""The ledger: the one truth of the house, in SQLite or PostgreSQL.

``engine`` opens it, ``schema`` has its tables, each other module has the questions and changes of one concern. All of
them take a transaction (``Tx``) first, so that a caller decides what happens together or not at all.
"""
