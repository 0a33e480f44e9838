"""Runs the migrations on the engine that the ledger hands over."""

from alembic import context
from sqlalchemy import Engine

from monitors.ledger import collecting_schema, desk_schema, virality_schema
from monitors.ledger.columns import metadata

# A table is known once the module that declares it is loaded.
DECLARED_IN = (collecting_schema, desk_schema, virality_schema)

engine: Engine = context.config.attributes["engine"]
with engine.connect() as connection:
    # Alembic takes SQLite for a database that cannot undo changes of tables: a process killed on the way would leave
    # half of them behind, and no later one could go on.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
    with context.begin_transaction():
        # Two processes that start together must not both create the tables.
        is_postgres = connection.dialect.name == "postgresql"
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(475526)" if is_postgres else "BEGIN IMMEDIATE")
        context.run_migrations()
    connection.commit()
