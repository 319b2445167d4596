"""Documents by other authors, served unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mock_server import Settings, create_app
from openapi import Contract, Operation, Response, SpecError, load
from openapi.media_types import is_json

REFUSED = ("swagger-2.0-petstore.json",)


def documents(folder: Path) -> list[Path]:
    """The documents of the corpus."""
    return sorted(file for file in folder.iterdir() if file.suffix in (".json", ".yaml") and file.name not in REFUSED)


def problem_of(operation: Operation, response: Any) -> str | None:
    """Why a response is not the operation's success."""
    success: Response = operation.success
    if response.status_code != int(success.status):
        return f"{response.status_code}: {response.get_data(as_text=True)[:200]}"
    media_type = success.content.get(response.headers.get("Content-Type", ""))
    if media_type is not None and media_type.schema is not None and is_json(media_type.name):
        for violation in media_type.schema.violations(response.get_json()):
            return str(violation)
    return None


def test_public_documents_are_served(corpus: Path) -> None:
    """Every document is served without changes; a 2.0 document is refused with the command that converts it."""
    for file in documents(corpus):
        assert create_app(load(file), Settings(empty=True, seed=1)).mock.contract.title
    for name in REFUSED:
        with pytest.raises(SpecError, match="npx swagger2openapi"):
            load(corpus / name)


def test_every_operation_without_input_succeeds(corpus: Path) -> None:
    """Each operation that needs no input returns a response that is valid against its schema."""
    tried = 0
    for file in documents(corpus):
        contract: Contract = load(file)
        client = create_app(contract, Settings(empty=True, seed=1)).test_client()
        for operation in contract.operations.values():
            if operation.method == "GET" and not any(parameter.required for parameter in operation.parameters):
                tried += 1
                found = client.get(contract.base_path + operation.path)
                assert problem_of(operation, found) is None, f"{file.name}: {operation.id}"
    assert tried
