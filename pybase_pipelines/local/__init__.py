"""The embedded default: an S3 server, a database file and Dagster's processes on loopback, started and supervised.

What belongs here: processes, ports, state on disk, the sample files of `demo`. What does not: what happens to a file.
Everything that is started here dies with the process that started it, however that ends (`guard`).
"""
