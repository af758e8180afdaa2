"""Sample files for `demo`: believable, of one made-up company, and written at run time by our own code."""

from pybase_pipelines.local.samples.catalogue import Sample, write_samples

__all__ = ["Sample", "write_samples"]
