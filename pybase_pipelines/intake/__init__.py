"""How an upload becomes known: partition keys, what of a listing matters, how files are grouped into runs.

What belongs here: decisions, as pure functions. What does not: doing them (S3, the ledger, Dagster).
"""
