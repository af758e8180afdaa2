"""The description of the API is true: requests made from it at random find no answer that it does not describe."""

from __future__ import annotations

import contextlib

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from pybase_pipelines.api.app import ROOT
from pybase_pipelines_tests.api.conftest import TOKEN, Api

CALLS = [
    ("/upload", "post"),
    ("/jobs", "get"),
    ("/jobs/stats", "get"),
    ("/jobs/{job_id}", "get"),
    ("/jobs/{job_id}", "delete"),
    ("/jobs/{job_id}/result", "get"),
    ("/jobs/{job_id}/retry", "post"),
    ("/health", "get"),
    ("/health/ready", "get"),
]


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("path", "method"), CALLS)
def test_no_request_finds_an_answer_that_is_not_described(
    api: Api, path: str, method: str, mode: GenerationMode
) -> None:
    jobs = [api.upload(name=f"{n}.pdf").json()["id"] for n in range(3)]
    api.finish(jobs[0], result={"pages": []})
    api.http.delete(f"/jobs/{jobs[1]}")
    call = schemathesis.openapi.from_dict(api.http.get("/openapi.json").json())[ROOT + path][method.upper()]

    @settings(max_examples=5, deadline=None, derandomize=True, phases=[Phase.generate], database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(call.as_strategy(generation_mode=mode), st.sampled_from([None, *jobs]))
    def check(case: schemathesis.Case, job_id: str | None) -> None:
        if job_id is not None and mode is GenerationMode.POSITIVE and "job_id" in case.path_parameters:
            case.path_parameters["job_id"] = job_id
        case.call_and_validate(
            base_url=api.address,
            headers={"Authorization": f"Bearer {TOKEN}"},
            allow_redirects=False,
            # Random bytes are a valid form and still no drawing, random text is a valid cursor and still none of ours.
            excluded_checks=[positive_data_acceptance] if path in ("/upload", "/jobs") else [],
        )

    with contextlib.suppress(Unsatisfiable):  # without parameters, nothing can be invalid
        check()


def test_every_call_is_described_with_its_refusals(api: Api) -> None:
    paths = api.http.get("/openapi.json").json()["paths"]
    calls = {(path.removeprefix(ROOT), method): call for path, item in paths.items() for method, call in item.items()}
    assert set(calls) == set(CALLS)
    for name, call in calls.items():
        assert name == ("/health", "get") or {"401", "503"} <= set(call["responses"]), name
        assert (name == ("/health", "get")) != ("security" in call), name
