"""/openapi.json and /openapi.yaml: the document as it is served."""

from __future__ import annotations

import json

import yaml
from flask import Flask, Response

from openapi.contract import Contract


def add_document(app: Flask, contract: Contract) -> None:
    """Add the two views, where the contract has no operation of its own there."""
    taken = {contract.base_path + operation.path for operation in contract.operations.values()}

    def as_json() -> Response:
        return Response(contract.encoded, content_type="application/json")

    def as_yaml() -> Response:
        text = yaml.safe_dump(json.loads(contract.encoded), sort_keys=False, allow_unicode=True, width=120)
        return Response(text, content_type="application/yaml")

    for path, view in (("/openapi.json", as_json), ("/openapi.yaml", as_yaml)):
        if path not in taken:
            app.add_url_rule(path, path, view)
