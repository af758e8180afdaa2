"""Sample files for `demo`, written at run time. `catalogue` says which there are."""
