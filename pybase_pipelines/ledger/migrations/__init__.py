"""Alembic's folder: one file in `versions` for each change of the ledger's tables, run by `ledger.schema`."""
