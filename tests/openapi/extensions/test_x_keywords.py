"""docs/x-keywords.md has what the reader knows, and its examples are valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from openapi import Contract, Refusal, Role, load
from openapi.document.keywords import OURS
from tests.openapi.support import GOOD, error_of, written

PAGE = (Path(__file__).parents[3] / "docs" / "x-keywords.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
WHOLE = [block for block in BLOCKS if block.startswith("openapi:")]
NOTES = WHOLE[0]
ROWS = re.findall(r"^\| (`.*?`) \|", PAGE, re.MULTILINE)
NAMED = {word for row in ROWS for word in re.findall(r"`([^`]+)`", row)}

# An unknown key, and its positions in the page's example: the error lists the known keys of each.
UNKNOWN = "zzzzzz"
POSITIONS = {
    "a resource": ("  note:\n", "    "),
    "operations": ("    operations: {", ""),
    "a list": ("    list:\n", "      "),
    "a response": ("      answer: {", ""),
    "a search": ("      search: {", ""),
    "paging": ("      paging: {", ""),
    "a field": ("      label: {start", ""),
    "x-http": ("x-http:\n", "  "),
    "refusals": ("  refusals:\n", "    "),
    "statuses": ("    statuses: {", ""),
}


@pytest.fixture
def notes(tmp_path: Path) -> Contract:
    """The contract of the page's complete example."""
    return load(written(tmp_path, NOTES))


@pytest.mark.parametrize("block", WHOLE)
def test_complete_documents_on_the_page_are_valid(tmp_path: Path, block: str) -> None:
    """Every block of the page that is a complete document becomes a contract."""
    contract = load(written(tmp_path, block))
    assert contract.resources


def test_the_page_contains_a_complete_document() -> None:
    """The page shows a document from its first line to its last."""
    assert WHOLE


@pytest.mark.parametrize("block", BLOCKS)
def test_partial_documents_on_the_page_are_yaml(block: str) -> None:
    """Every other block is YAML as well, with keys."""
    assert isinstance(yaml.safe_load(block), dict)


def test_the_example_has_the_semantics_that_the_page_describes(notes: Contract) -> None:
    """The example has the semantics that the text below it describes."""
    note = notes.resources["note"]
    assert (note.key, note.collection, note.item) == ("number", "/notes", "/notes/{number}")
    assert set(note.operations) == {Role.LIST, Role.CREATE, Role.READ, Role.DELETE}
    listing = note.listing
    assert listing is not None
    assert listing.search is not None
    assert (listing.response.items, listing.response.total) == ("/notes", "/count")
    assert listing.search.fields == ("text", "label")
    assert listing.order.descending
    assert [unique.fields for unique in note.unique] == [("text",)]
    assert list(note.fields) == ["number", "label", "written"]
    assert notes.refusals.statuses[Refusal.INVALID] == 422
    assert list(notes.assumptions) == ["/components/schemas/NewNote/properties/text/maxLength"]


@pytest.mark.parametrize("position", POSITIONS)
def test_every_key_has_a_row_on_the_page(tmp_path: Path, position: str) -> None:
    """Each key that the reader knows has a row in a table of the page, and an unknown one is refused."""
    opening, indent = POSITIONS[position]
    assert NOTES.count(opening) == 1
    head, brace, tail = opening.rpartition("{") if not indent else (opening, "", "")
    entry = f"{indent}{UNKNOWN}: x\n" if indent else f"{UNKNOWN}: x, "
    error = error_of(written(tmp_path, NOTES.replace(opening, head + brace + entry + tail)))
    assert error.pointer.endswith(f"/{UNKNOWN}")
    assert error.problem == "is unknown here"
    known = error.advice.removeprefix("use one of ").split(", ")
    assert len(known) > 1
    documented = NAMED | {name.partition(":")[0] for name in NAMED}
    assert set(known) - documented == set()


def test_the_page_lists_refusals_in_order(phones: Contract) -> None:
    """The page lists the refusals in the order in which they are checked, each with its default status."""
    rows = re.findall(r"^\| `([a-z-]+)` \| .* \| (4\d\d) \|$", PAGE, re.MULTILINE)
    assert rows == [(refusal.value, str(phones.refusals.statuses[refusal])) for refusal in Refusal]


def test_the_shop_document_is_the_one_on_the_page() -> None:
    """The document of the shop is the one that the page shows."""
    (shop,) = [block for block in WHOLE if "title: Shop," in block]
    assert (GOOD / "shop.yaml").read_text(encoding="utf-8") == shop


def test_every_keyword_has_a_section_on_the_page() -> None:
    """Each of our keywords has a section, and there are no other sections."""
    assert sorted(re.findall(r"^## `(x-[a-z-]+)`$", PAGE, re.MULTILINE)) == sorted(OURS)
