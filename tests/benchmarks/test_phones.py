"""The input of the servers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from openapi_spec_validator import OpenAPIV30SpecValidator

from benchmarks.phones import Phones, older_document, plain_document
from openapi import PHONES, load


def test_openapi_3_0_peers_get_a_valid_document(tmp_path: Path) -> None:
    """Peers with OpenAPI 3.0 get a valid document of that version, with the same nullable fields."""
    document: Any = json.loads(older_document(tmp_path).read_text(encoding="utf-8"))
    OpenAPIV30SpecValidator(document).validate()
    name = document["components"]["schemas"]["Phone"]["properties"]["name"]
    number = document["components"]["schemas"]["Phone"]["properties"]["number"]
    assert name["nullable"] is True
    assert "nullable" not in number or number["nullable"] is False


def test_the_document_for_prism_lacks_the_default_dialect(tmp_path: Path) -> None:
    """Prism's document differs only in the missing default dialect."""
    plain, ours = load(plain_document(tmp_path)).document(), load(PHONES).document()
    assert plain == {name: value for name, value in ours.items() if name != "jsonSchemaDialect"}


def test_all_phone_files_hold_the_same_phones(tmp_path: Path) -> None:
    """The array, the lines and the database of json-server hold the same phones in the order of the list."""
    phones = Phones(tmp_path, 3)
    array: Any = json.loads(phones.array().read_text(encoding="utf-8"))
    database: Any = json.loads(phones.json_server_file(tmp_path).read_text(encoding="utf-8"))
    assert array == phones.first(10)
    assert database["phones"] == [{"id": phone["uuid"], **phone} for phone in array]
    assert sorted((phone["createdAt"] for phone in array), reverse=True) == [phone["createdAt"] for phone in array]
