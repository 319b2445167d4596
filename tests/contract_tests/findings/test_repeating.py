"""Steps that are sent again."""

from __future__ import annotations

from pathlib import Path

from contract_tests.findings.repeating import Repeater
from contract_tests.findings.steps import Step
from contract_tests.runner.run import start
from contract_tests.settings import Settings
from openapi.json_value import json_or_none
from tests.proof.correct import Correct
from tests.proof.front import Front
from tests.proof.messages import Request, ServiceResponse, json_response

OLD, IN_THE_TEXT, NEW = "tbcdfghjklm", "tbcdfghxxxx", "tbcdfghwxzg"


def test_a_new_tag_is_in_no_other_text_of_the_steps(tmp_path: Path) -> None:
    """A response shows the sent text, with the old tag: a tag of which other text has a part is not used."""
    sent: list[str | None] = []

    def echo(request: Request, correct: Correct) -> ServiceResponse:
        sent.append(request.parameter("search"))
        return json_response(200, {"search": sent[-1]}) if sent[-1] else correct(request)

    step = Step(1, "GET", "/phones", None, None, f"search={OLD}-xxxxxxz", None, "application/json", None, None, 0, 200)
    with Front(echo) as front:
        run = start(Settings(front.url, ledger=tmp_path / "ledger"))
        new_tags = iter((IN_THE_TEXT, NEW)).__next__
        responses = Repeater(run.client, run.delete_created, OLD, new_tags)([step])
        run.finish()
    assert sent[-1] == f"{NEW}-xxxxxxz"
    assert json_or_none(responses[1].body) == {"search": f"{OLD}-xxxxxxz"}
