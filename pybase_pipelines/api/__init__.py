"""The HTTP API: uploads, jobs and health for other programs.

What belongs here: HTTP, in FastAPI. What does not: what a job is (`ledger`), and how it is run; the engine is only
asked, over its own HTTP interface, to launch at once.
"""
