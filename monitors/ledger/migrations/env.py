"""Runs the migrations on the engine that the ledger hands over."""

from alembic import context
from sqlalchemy import Engine

from monitors.ledger.schema import posts

engine: Engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=posts.metadata, render_as_batch=True)
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Two processes that start together must not both create the tables.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(475526)")
        context.run_migrations()
    connection.commit()
