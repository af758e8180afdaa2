"""What DXF and DWG have in common once they are read: lettering codes, measurements, nested blocks, sheets.

What belongs here: pure functions over neutral values. What does not: ezdxf entities (`extractors.dxf`) or ezdwg rows
(`extractors.dwg`).
"""
