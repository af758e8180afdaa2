"""How Alembic runs the migrations: on the connection, and in the transaction, that `ledger.schema` gives it.

Alembic executes this file; it is not to be imported.
"""

from alembic import context

from pybase_pipelines.ledger.model import Base
from pybase_pipelines.ledger.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
