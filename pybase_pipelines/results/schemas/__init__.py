"""The JSON Schemas of all results, one a format. Made by `results.schema_files`; never edited by hand."""
