"""Run the numbered migrations of the private store on the connection that is handed over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
