"""Engineering files land in a bucket, and minutes later their content is data.

The rooms of the package, from the ground up: `errors` and `settings`; `formats`; `object_store`, `ledger` and
`results`; `intake` and `extractors`; `sandbox`; `orchestration` and `local`; `cli`; `definitions`. An import goes
downwards only, which import-linter checks.
"""

__version__ = "0.1.0"
