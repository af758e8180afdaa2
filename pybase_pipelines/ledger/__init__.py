"""The ledger: the ExtractionJob table, which is the truth about files and jobs.

What belongs here: the table, its migrations, its state machine, its table of retries, and the service that is the one
door to them. What does not: runs and partitions (`orchestration`), objects (`object_store`), results (`results`).
"""
