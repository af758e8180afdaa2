"""How each format is read: one folder a format, one contract (`contract`), one table of them (`registry`).

What belongs here: reading a file that lies on disk into its content model, and the options of that. What does not:
processes, limits, storage. Extractor libraries are imported inside the functions that use them.
"""
