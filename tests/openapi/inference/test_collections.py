"""Resources that are inferred from paths, methods and schemas."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from openapi import PHONES, InitialValue, Role, ServerMade, load
from openapi.inference import collection
from tests.openapi.inference.corpus import table
from tests.openapi.inference.support import loaded, shop, without_keywords
from tests.x_keywords import EXAMPLES

Document = dict[str, Any]


def test_a_collection_is_inferred(tmp_path: Path) -> None:
    """The record, the key, the roles, the list and the fields that the server makes follow from the schemas."""
    contract = loaded(tmp_path, shop())
    (article,) = contract.resources.values()
    assert (article.name, article.key, article.collection, article.item) == (
        "article",
        "id",
        "/articles",
        "/articles/{articleId}",
    )
    assert {role.value: name for role, name in article.operations.items()} == {
        "create": "addArticle",
        "update": "changeArticle",
        "delete": "removeArticle",
        "read": "getArticle",
        "list": "listArticles",
    }
    assert article.shown[Role.LIST] == ("id", "title")
    assert article.write_only == {"voucher"}
    pointer = "/x-resources/article/members"
    assert article.fields == {
        "id": ServerMade("id", "integer", f"{pointer}/id"),
        "state": InitialValue("state", "draft", (), f"{pointer}/state"),
        "created": ServerMade("created", "time-of-creation", f"{pointer}/created"),
        "tags": InitialValue("tags", [], (), f"{pointer}/tags"),
    }


def test_list_features_are_inferred(tmp_path: Path) -> None:
    """Counts, fixed parts, pages, filters and the search of a list follow from its schemas and parameters."""
    (article,) = loaded(tmp_path, shop()).resources.values()
    assert article.listing is not None
    shape, paging, search = article.listing.response, article.listing.paging, article.listing.search
    assert (shape.items, shape.total, dict(shape.fixed)) == ("/data", "/meta/totalCount", {"/kind": "list"})
    assert paging is not None
    assert (paging.style, paging.start, paging.limit) == ("page", "page", "limit")
    assert [(one.parameter, one.field) for one in article.listing.filters] == [
        ("colour", "colour"),
        ("states", "state"),
    ]
    assert search is not None
    assert (search.parameter, search.fields) == ("q", ("title", "colour"))


def test_inferred_keywords_are_assumptions(tmp_path: Path) -> None:
    """An inferred keyword is an assumption; one in the document is not."""
    contract = loaded(tmp_path, shop())
    assert contract.assumption_at("/x-resources/article/list/paging") is not None
    assert contract.assumption_at("/components/schemas/Article") is None


def test_undecided_operations_and_parameters_are_listed(tmp_path: Path) -> None:
    """Operations and parameters without a meaning are listed with the reason."""
    contract = loaded(tmp_path, shop())
    assert contract.inference is not None
    assert contract.inference.undecided == {
        "GET /articles/{articleId}/photo": "it has no path for single records",
        "GET /articles, query parameter fast": "no field of the record has that name",
    }


def _other_key(document: Document) -> None:
    document["components"]["schemas"]["Article"]["properties"]["id"] = {"type": "boolean"}
    document["components"]["schemas"]["Summary"]["properties"]["id"] = {"type": "boolean"}


def _two_arrays(document: Document) -> None:
    envelope = document["paths"]["/articles"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    envelope["properties"]["hidden"] = envelope["properties"]["data"]


def _filter_of_another_type(document: Document) -> None:
    document["paths"]["/articles"]["get"]["parameters"][2]["schema"] = {"type": "integer"}


def _two_starts(document: Document) -> None:
    offset = {"name": "offset", "in": "query", "schema": {"type": "integer"}}
    document["paths"]["/articles"]["get"]["parameters"].append(offset)


def _pages_from_zero(document: Document) -> None:
    document["paths"]["/articles"]["get"]["parameters"][1]["schema"]["default"] = 0


def _required_and_unknown(document: Document) -> None:
    article = document["components"]["schemas"]["Article"]
    article["properties"]["owner"] = {"type": "string", "format": "email"}
    article["required"].append("owner")


def _other_body(document: Document) -> None:
    body = {"type": "object", "properties": {"from": {"type": "string"}, "to": {"type": "string"}}}
    document["paths"]["/articles"]["post"]["requestBody"]["content"]["application/json"]["schema"] = body


def _other_record(document: Document) -> None:
    receipt = {"type": "object", "properties": {"receipt": {"type": "string"}}}
    document["paths"]["/articles"]["post"]["responses"]["201"]["content"]["application/json"]["schema"] = receipt


@pytest.mark.parametrize(
    ("change", "what", "why"),
    [
        (_other_key, "GET /articles/{articleId}", "the field id is boolean, the path parameter articleId is integer"),
        (_two_arrays, "GET /articles", "/data and /hidden both hold the record"),
        (
            _filter_of_another_type,
            "GET /articles, query parameter colour",
            "its values are not those of the field colour",
        ),
        (_two_starts, "GET /articles, query parameter page", "several parameters select a page"),
        (_pages_from_zero, "GET /articles, query parameter page", "pages start at 0, not at 1"),
        (
            _required_and_unknown,
            "POST /articles",
            "the required field owner has no value: it has no default and no example",
        ),
        (_other_body, "POST /articles", "most fields of its body are not fields of the record"),
        (
            _other_record,
            "POST /articles",
            "it does not return the record: its response has no field of the record",
        ),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_names_alone_are_not_enough_to_infer(
    tmp_path: Path, change: Callable[[Document], None], what: str, why: str
) -> None:
    """Where the schemas contradict the names, or allow two readings, nothing is inferred."""
    document = shop()
    change(document)
    contract = loaded(tmp_path, document)
    assert contract.inference is not None
    assert contract.inference.undecided[what] == why
    operation = next(
        one for one in contract.operations.values() if f"{one.method} {one.path}" == what.partition(",")[0]
    )
    role = contract.role_of(operation.id)
    assert role is None or "parameter" in what


def test_the_phone_api_is_inferred_without_keywords(tmp_path: Path) -> None:
    """Without our keywords, the phone API is inferred, except for what no schema says.

    That is: the list's order, the country by the number, the state of an ordered number, transitions and magic numbers;
    the search includes the country.
    """
    file = tmp_path / "phones.yaml"
    stripped = without_keywords(yaml.load(PHONES.read_text(encoding="utf-8"), yaml.CSafeLoader))
    file.write_text(yaml.safe_dump(stripped, sort_keys=False), encoding="utf-8")
    (found,), (phone,) = load(file).resources.values(), load(PHONES).resources.values()
    same = ("name", "key", "collection", "item", "operations", "shown", "write_only")
    assert {name: getattr(found, name) for name in same} == {name: getattr(phone, name) for name in same}
    assert found.record.pointer == phone.record.pointer
    assert [one.fields for one in found.unique] == [("number",)] == [one.fields for one in phone.unique]
    assert found.listing is not None
    assert phone.listing is not None
    assert (found.listing.response, found.listing.paging) == (phone.listing.response, phone.listing.paging)
    assert found.listing.filters == phone.listing.filters
    assert found.listing.search is not None
    assert found.listing.search.fields == ("name", "number", "countryCode", "provider")
    differing = {name: (found.fields[name], rule) for name, rule in phone.fields.items() if found.fields[name] != rule}
    assert sorted(differing) == ["countryCode", "status"]
    pointer = "/x-resources/phone/members"
    assert found.fields["countryCode"] == InitialValue("countryCode", "US", (), f"{pointer}/countryCode")
    assert found.fields["status"] == InitialValue("status", "registered", (), f"{pointer}/status")
    assert (found.listing.order.descending, found.transitions, found.magic) == (False, (), ())


def test_declared_resources_are_not_extended(tmp_path: Path) -> None:
    """A document with x-resources, even an empty one, has exactly the declared resources."""
    contract = loaded(tmp_path, {**shop(), "x-resources": {}})
    assert (contract.resources, contract.inference) == ({}, None)


def test_inference_can_be_turned_off(tmp_path: Path) -> None:
    """Without inference there are no resources."""
    contract = load(loaded(tmp_path, shop()).file, infer=False)
    assert (contract.resources, contract.inference) == ({}, None)


def test_an_internal_inference_error_is_listed_not_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An internal error leaves a document without resources, and is listed."""
    monkeypatch.setattr(collection, "key_of", None)
    contract = loaded(tmp_path, shop())
    assert contract.resources == {}
    assert contract.inference is not None
    assert list(contract.inference.undecided) == ["every operation"]


def test_public_documents_are_inferred_with_reasons(corpus: Path) -> None:
    """Public documents have inferred resources, and every operation without a role has a reason."""
    text = table(corpus)
    assert "| museum.yaml | 5 of 8 | special-event (list, create, read, update, delete) |" in text
    assert "internal error" not in text


def test_idempotency_keys_are_inferred(tmp_path: Path) -> None:
    """The header Idempotency-Key of a create is inferred if a status for its misuse is declared."""
    text = re.sub("^x-resources:.*", "", EXAMPLES["Payments"], flags=re.DOTALL | re.MULTILINE)
    undeclared = text.replace("'422'", "'404'").replace("4XX", "'400'")
    texts = (text, undeclared, text.replace("name: Idempotency-Key", "name: X-Request-Id"))
    found = [loaded(tmp_path, yaml.safe_load(one)).resources["payment"].idempotency_key for one in texts]
    assert found == ["Idempotency-Key", "", ""]


def test_entity_tags_are_inferred(tmp_path: Path) -> None:
    """An ETag that a read returns and compares is that of the record; without a condition it may be any header."""
    keywords = re.compile("^x-resources:.*", re.DOTALL | re.MULTILINE)
    text = keywords.sub("", EXAMPLES["Pages"])
    unconditional = text.replace("If-None-Match", "If-Modified-Since").replace("If-Match", "If-Unmodified-Since")
    found = [loaded(tmp_path, yaml.safe_load(one)).resources["page"].etag for one in (text, unconditional)]
    assert found == ["/x-resources/page/etag", ""]


def test_a_wrapped_record_is_inferred(tmp_path: Path) -> None:
    """A record in the only field of a body, and in the only field of a response that has its key, is found there."""
    contract = loaded(tmp_path, without_keywords(yaml.safe_load(EXAMPLES["Articles"])))
    article = contract.resources["article"]
    assert [article.request(article.operations[role]).record for role in (Role.CREATE, Role.UPDATE)] == ["/article"] * 2
    shown = article.response("readArticle")
    assert (shown.record, shown.fixed) == ("/article", {"/meta": {"version": ""}})
    assert article.listing is not None
    assert article.listing.response.items == "/articles"
    assert contract.inference is not None
    assert contract.inference.undecided == {}


def test_a_put_with_the_key_in_the_body_is_inferred(tmp_path: Path) -> None:
    """A PUT on the collection that takes the record with its key replaces it."""
    contract = loaded(tmp_path, without_keywords(yaml.safe_load(EXAMPLES["Pets"])))
    pet = contract.resources["pet"]
    assert (pet.operations[Role.REPLACE], pet.keyed_by_body) == ("replacePet", frozenset({Role.REPLACE}))


@pytest.mark.parametrize(("name", "is_listed"), [("limit", True), ("page", True), ("colour", False), ("fast", False)])
def test_a_list_with_a_required_parameter_is_a_selection(tmp_path: Path, name: str, is_listed: bool) -> None:
    """An operation that requires more than a page returns a selection: it is not the list of the collection."""
    document = shop()
    (parameter,) = [one for one in document["paths"]["/articles"]["get"]["parameters"] if one["name"] == name]
    parameter["required"] = True
    (article,) = loaded(tmp_path, document).resources.values()
    assert (Role.LIST in article.operations) is is_listed
