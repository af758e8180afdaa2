"""Reading a drawing like a person does: title block, dimensions, parts list, revisions and notes.

Everything is read from lettering and ruling. What belongs here: what holds for every drawing, whatever file it came
from. What does not: anything that knows PDF or DXF. Input is a `sheet.Sheet`, output a `sheet.Reading`; it is all pure
functions.
"""
