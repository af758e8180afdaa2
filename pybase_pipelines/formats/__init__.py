"""Which format a file is: by its content, with evidence; the name decides only where the content cannot.

What belongs here: the table of formats, signatures, and readers of headers. What does not: anything that needs a CAD
library.
"""
