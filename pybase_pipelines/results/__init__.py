"""What an extraction gives: the envelope, a pydantic model for each format, JSON Schemas, the stored documents.

What belongs here: shapes and how they are written and kept. What does not: how values are read out of files.
"""
