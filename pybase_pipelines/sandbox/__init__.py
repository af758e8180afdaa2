"""One extraction in one throw-away, limited child process.

Native parsers crash, hang, and eat memory, and hold the interpreter's lock while they do: no thread, signal or pool
can contain them. So a launcher process loads the libraries once and forks one child for each file.

    client  ──orders──►  launcher  ──fork──►  child ──► result file, summary
            ◄──events──            ◄──beats──

What belongs here: processes, limits, result files. What does not: how a format is read (`extractors`), and when
something is tried again (`ledger.retries`).
"""

from pybase_pipelines.sandbox.client import Sandbox
from pybase_pipelines.sandbox.limits import LIMITS, Limits
from pybase_pipelines.sandbox.requests import ExtractionRequest, Outcome

__all__ = ["LIMITS", "ExtractionRequest", "Limits", "Outcome", "Sandbox"]
