"""The check of a document without `x-resources`, against its own mock."""

from __future__ import annotations

from pathlib import Path

from mock_server import MockServer
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.openapi.inference.support import loaded, shop


def test_a_correct_inferred_collection_has_no_findings(tmp_path: Path) -> None:
    """Without a search, the list is compared with the run's records, including those of concurrent creates."""
    document = shop()
    parameters = document["paths"]["/articles"]["get"]["parameters"]
    document["paths"]["/articles"]["get"]["parameters"] = [one for one in parameters if one["name"] != "q"]
    contract = loaded(tmp_path, document)
    with MockServer(contract, seed=3) as server, strict_run(server.url, contract.file, tmp_path / "ledger") as run:
        for code in ("CREATE-ECHO", "RACE-CREATES", "DELETE-GONE", "READ-UNKNOWN"):
            assert finding_of(run, code, "article") is None, code
        run.finish()
        assert run.left == []
