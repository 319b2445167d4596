"""`callcamp-spec infer`: an overlay to keep and correct."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from openapi import PHONES, load
from openapi.cli.command import main
from openapi.pointers import resolve
from tests.openapi.inference.support import loaded, shop


def test_the_overlay_declares_what_is_inferred(tmp_path: Path) -> None:
    """The overlay, applied, declares exactly what is inferred without it, and says why in comments."""
    inferred = loaded(tmp_path, shop())
    overlay, applied = tmp_path / "state.yaml", tmp_path / "applied.yaml"
    assert main(["infer", str(inferred.file), "--out", str(overlay)]) == 0
    text = overlay.read_text(encoding="utf-8")
    assert "          key: id   # the path parameter articleId and the field id are both integer\n" in text
    assert "# - GET /articles, query parameter fast: no field of the record has that name\n" in text
    assert main(["apply", str(inferred.file), str(overlay), "--out", str(applied)]) == 0
    declared = load(applied)
    assert declared.inference is None
    assert declared.resources == inferred.resources
    assert yaml.safe_load(applied.read_text(encoding="utf-8"))["x-resources"] == inferred.document()["x-resources"]


def test_json_output_gives_reasons_and_undecided_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` prints the resources, the reason for each part and what stays undecided; `--out` gets the overlay."""
    inferred = loaded(tmp_path, shop())
    overlay = tmp_path / "state.yaml"
    assert main(["infer", str(inferred.file), "--json", "--out", str(overlay)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["x-resources"] == inferred.document()["x-resources"]
    assert yaml.safe_load(overlay.read_text(encoding="utf-8"))["actions"][0]["update"]["x-resources"].keys() == {
        "article"
    }
    reasons = {one["pointer"]: one["reason"] for one in printed["reasons"]}
    assert reasons["/x-resources/article/key"] == "the path parameter articleId and the field id are both integer"
    assert all(resolve(printed, pointer) is not None for pointer in reasons)
    undecided = {one["what"]: one["reason"] for one in printed["undecided"]}
    assert undecided["GET /articles, query parameter fast"] == "no field of the record has that name"


def test_a_document_without_collections_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A document without collections yields an overlay without changes, and exit code 1."""
    document = shop()
    document["paths"] = {"/articles": document["paths"]["/articles"]}
    assert main(["infer", str(loaded(tmp_path, document).file)]) == 1
    printed = yaml.safe_load(capsys.readouterr().out)
    assert printed["actions"] == []


def test_a_document_with_x_resources_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A document that declares its resources is a usage error."""
    assert main(["infer", str(PHONES)]) == 2
    assert f"{PHONES} already has x-resources, so nothing is inferred" in capsys.readouterr().err
