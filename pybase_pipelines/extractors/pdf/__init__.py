"""Reading PDFs: documents and drawings, by pdfium, page by page.

What belongs here: everything that knows PDF. What does not: how a drawing is read (that is `extractors.drawing`).
Text of all pages comes first and is cheap; ruling, tables and the drawing are looked at only where counts say so.
"""
