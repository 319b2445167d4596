"""Documents of other APIs: the reader has no knowledge about phones."""

from __future__ import annotations

from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from openapi import (
    ConditionalInitialValue,
    Contract,
    Country,
    InitialValue,
    ListResponse,
    Refusal,
    Resource,
    Role,
    ServerMade,
    load,
)
from tests.openapi.support import GOOD

CASES = sorted(file for file in GOOD.iterdir() if file.is_file())


def resource_of(name: str) -> tuple[Contract, Resource]:
    """The contract of the document `name`, and its one resource."""
    contract = load(GOOD / name)
    (resource,) = contract.resources.values()
    return contract, resource


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.name)
def test_good_documents_become_contracts(file: Path) -> None:
    """A good document becomes a contract with its file and its operations."""
    contract = load(file)
    assert contract.file == contract.files[0] == file
    assert contract.operations


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.name)
def test_good_documents_are_valid_openapi(file: Path) -> None:
    """An independent validator accepts every good document too, once its references are local."""
    assert [error.message for error in OpenAPIV31SpecValidator(load(file).document()).iter_errors()] == []


def test_a_json_document_is_read() -> None:
    """A document in JSON works as in YAML: integer keys, a bare array, oldest first, no search, no pages."""
    contract, station = resource_of("stations.json")
    assert (contract.title, contract.version, contract.base_path) == ("Weather stations", "2.3.0", "/v2")
    assert (station.key, station.key_parameters) == ("number", ("number",))
    assert station.fields == {"number": ServerMade("number", "integer", "/x-resources/station/members/number")}
    listing = station.listing
    assert listing is not None
    assert (listing.response.items, listing.response.total) == ("", None)
    assert (listing.order.by, listing.order.descending) == (None, False)
    assert (listing.search, listing.paging) == (None, None)
    assert [(each.parameter, each.field) for each in listing.filters] == [("country", "country"), ("height", "height")]
    body = contract.operations["addStation"].body
    assert body is not None
    (example,) = body.content["application/json"].examples
    assert example.value == {"name": "Zürich 🌦", "country": "CH", "height": 556}


def test_errors_default_to_problem_details() -> None:
    """Without x-http, errors are the problem details of RFC 9457 with the default statuses."""
    contract, _ = resource_of("stations.json")
    refusals = contract.refusals
    assert (refusals.media_type, refusals.schema) == ("application/problem+json", None)
    assert refusals.body["status"] == "$status"
    assert refusals.statuses[Refusal.INVALID] == 400
    assert set(refusals.statuses) == set(Refusal)


def test_a_required_key_comes_from_the_client() -> None:
    """A key that the create body requires comes from the client, so it has no rule."""
    contract, flag = resource_of("flags.yaml")
    assert flag.key == "name"
    assert flag.fields == {"on": InitialValue("on", "no-one", (), "/x-resources/flag/members/on")}
    assert flag.key_parameters == ("name",)
    assert contract.base_path == ""


def test_put_and_patch_share_a_path() -> None:
    """Replacing and changing are two operations at one path, each with its own media type."""
    contract, flag = resource_of("flags.yaml")
    assert {role: contract.operations[name].method for role, name in flag.operations.items()} == {
        Role.LIST: "GET",
        Role.CREATE: "POST",
        Role.READ: "GET",
        Role.UPDATE: "PATCH",
        Role.REPLACE: "PUT",
        Role.DELETE: "DELETE",
    }
    bodies = [contract.operations[flag.operations[role]].body for role in (Role.REPLACE, Role.UPDATE)]
    assert [list(body.content) for body in bodies if body] == [["application/json"], ["application/merge-patch+json"]]


def test_a_list_may_be_a_bare_array() -> None:
    """A list may be a bare array without filters, search and paging."""
    _, flag = resource_of("flags.yaml")
    listing = flag.listing
    assert listing is not None
    assert listing.response == ListResponse("", None, None, None, None, None, "/x-resources/flag/list/answer")
    assert (listing.filters, listing.search, listing.paging) == ((), None, None)


def test_operations_may_override_the_required_token() -> None:
    """The document requires a token, and an operation may override that."""
    contract, _ = resource_of("flags.yaml")
    assert {name: operation.bearer for name, operation in contract.operations.items()} == {
        "listFlags": "required",
        "addFlag": "required",
        "getFlag": "none",
        "replaceFlag": "required",
        "removeFlag": "required",
        "changeFlag": "required",
    }


def test_a_list_may_have_offset_limit_and_order() -> None:
    """A list may be paged by offset and limit, echo both, and be ordered by a field."""
    _, reading = resource_of("readings.yaml")
    listing = reading.listing
    assert listing is not None
    assert listing.paging is not None
    assert (listing.paging.style, listing.paging.start, listing.paging.limit) == ("offset", "skip", "take")
    assert (listing.order.by, listing.order.descending) == ("taken", True)
    assert (listing.response.items, listing.response.total) == ("/data", "/meta/count")
    assert (listing.response.offset, listing.response.limit, listing.response.page) == (
        "/meta/skip",
        "/meta/take",
        None,
    )


def test_a_resource_may_have_only_a_list() -> None:
    """A resource may have only a list; its keys then have no rule."""
    _, reading = resource_of("readings.yaml")
    assert reading.operations == {Role.LIST: "listReadings"}
    assert reading.fields == {}


def test_a_header_is_a_parameter() -> None:
    """A header is a parameter like any other."""
    contract, _ = resource_of("readings.yaml")
    header = contract.operations["listReadings"].parameters[-1]
    assert (header.name, header.location, header.required) == ("X-Account", "header", True)


def test_a_document_in_two_files_is_one_contract() -> None:
    """A document in two files is one contract, assumptions included."""
    contract, order = resource_of("orders.yaml")
    assert [(each.id, each.method, each.path) for each in contract.operations.values()] == [
        ("listOrders", "GET", "/orders"),
        ("placeOrder", "POST", "/orders"),
        ("getOrder", "GET", "/orders/{id}"),
        ("cancelOrder", "DELETE", "/orders/{id}"),
    ]
    assert order.record.is_valid({"id": "1", "state": "open", "lines": [{"article": "cup"}]})
    assert not order.record.is_valid({"id": "1", "state": "lost", "lines": [{"article": "cup"}]})
    assert list(contract.assumptions) == ["/components/schemas/order-shapes-State/enum"]
    when = (ConditionalInitialValue("express", True, "packed"),)
    assert order.fields["state"] == InitialValue("state", "open", when, "/x-resources/order/members/state")


def test_a_list_may_have_pages_without_a_total() -> None:
    """A list may show the number of pages without the number of records."""
    _, order = resource_of("orders.yaml")
    assert order.listing is not None
    assert (order.listing.response.pages, order.listing.response.total) == ("/pages", None)


def test_a_document_may_define_its_errors() -> None:
    """A document sets the statuses, the media type and the body of its errors; the rest are defaults."""
    contract, _ = resource_of("tickets.yaml")
    refusals = contract.refusals
    assert (refusals.media_type, refusals.max_body_bytes) == ("application/vnd.desk+json", 2000)
    assert refusals.body == {"code": "$status", "why": "$message", "about": "$violations"}
    assert refusals.violation == ["$path", "$message"]
    assert refusals.schema is not None
    assert refusals.schema.pointer == "/components/schemas/No"
    statuses = {Refusal.INVALID: 422, Refusal.UNKNOWN_RECORD: 410, Refusal.RATE: 420, Refusal.CONFLICT: 409}
    assert {refusal: refusals.statuses[refusal] for refusal in statuses} == statuses


def test_two_fields_may_be_unique_together() -> None:
    """Two fields may be unique together, in addition to a single one."""
    _, ticket = resource_of("tickets.yaml")
    assert [unique.fields for unique in ticket.unique] == [("queue", "title"), ("caller",)]


def test_write_only_fields_are_accepted_and_not_stored() -> None:
    """A writeOnly field of a body that the record lacks is accepted and not stored."""
    _, ticket = resource_of("tickets.yaml")
    assert ticket.write_only == {"password"}


def test_country_fields_and_post_updates_are_supported() -> None:
    """The country of a number may be any field; an update may be a POST to the item."""
    contract, ticket = resource_of("tickets.yaml")
    assert ticket.fields["country"] == Country("country", "caller", "GB", "/x-resources/ticket/members/country")
    assert contract.operations[ticket.operations[Role.UPDATE]].method == "POST"
    assert ticket.listing is not None
    assert ticket.listing.search is not None
    assert ticket.listing.search.fields == ("title", "caller")


def test_a_document_may_have_no_resources() -> None:
    """A document may have no resources; its responses are then its examples."""
    contract = load(GOOD / "clock.yaml")
    assert (contract.resources, contract.schemas, contract.base_path) == ({}, {}, "")
    operation = contract.operations["tell time"]
    assert [(each.name, each.location, each.default) for each in operation.parameters] == [
        ("zone", "path", None),
        ("part", "path", None),
        ("X-Depth", "header", 1.5),
    ]
    (example,) = operation.success.content["text/plain"].examples
    assert (example.name, example.value) == ("example", "12:00")
