"""The complete examples of docs/x-keywords.md, each served by the mock and checked.

`make test` takes one seed for each; `--seeds 3` takes three.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.properties import CATALOGUE
from mock_server import MockServer
from openapi import load
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.x_keywords import EXAMPLES, example


@pytest.mark.parametrize("title", EXAMPLES)
def test_a_service_of_a_documented_example_has_no_findings(tmp_path: Path, title: str, each_seed: int) -> None:
    """Every property that applies to an example holds, and the run removes all that it created."""
    document = example(title, tmp_path)
    with (
        MockServer(load(document), seed=each_seed) as server,
        strict_run(server.url, document, tmp_path / "ledger", seed=each_seed) as run,
    ):
        for api in run.resources:
            for code, one in CATALOGUE.items():
                if one.check is not None and one.applies_to(api):
                    assert finding_of(run, code, api.spec.resource.name) is None, code
        run.finish()
        assert run.left == []
