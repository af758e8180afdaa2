"""The S3 service: list, download, upload, delete. One client a process, made on first use.

What belongs here: talking S3, and telling its errors apart. What does not: which objects matter (that is `intake`).
"""
