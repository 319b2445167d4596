"""The contract of the phone API in the packaged document."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from openapi import (
    PHONES,
    ConditionalInitialValue,
    Contract,
    Country,
    InitialValue,
    Operation,
    Refusal,
    Role,
    ServerMade,
    problems,
)
from openapi.pointers import resolve

JSON = "application/json"
PHONE = "/components/schemas/Phone"
ERROR = "/components/schemas/Error"
RESPONSES = {
    "listPhones": ["200", "400", "401", "405", "429"],
    "registerPhone": ["201", "400", "401", "405", "409", "413", "415", "429"],
    "getPhone": ["200", "401", "404", "405", "429"],
    "updatePhone": ["200", "400", "401", "404", "405", "413", "415", "429"],
    "deletePhone": ["200", "401", "404", "405", "429"],
}
VENDORS_PHONE = {
    "uuid": "9z8y7x6w-5v4u-3t2s-1r0q-9p8o7n6m5l4k",
    "name": "Main Office Line",
    "number": "+16054440129",
    "type": "private",
    "countryCode": "US",
    "provider": "vapi",
    "status": "active",
    "smsEnabled": False,
    "createdAt": "2026-01-10T12:00:00Z",
    "updatedAt": "2026-04-20T15:30:00Z",
}
VENDORS_RESPONSES: dict[str, Any] = {
    "listPhones": {"phones": [VENDORS_PHONE], "total": 1, "page": 1, "limit": 10, "totalPages": 1},
    "registerPhone": VENDORS_PHONE,
    "getPhone": VENDORS_PHONE,
    "updatePhone": VENDORS_PHONE,
    "deletePhone": {"success": True, "message": "Phone number deleted successfully"},
}


@pytest.fixture(params=list(RESPONSES))
def operation(phones: Contract, request: pytest.FixtureRequest) -> Operation:
    """Each operation in turn."""
    return phones.operations[request.param]


def test_the_document_is_valid_openapi(phones: Contract) -> None:
    """An independent validator of OpenAPI 3.1 accepts the document."""
    assert [error.message for error in OpenAPIV31SpecValidator(phones.document()).iter_errors()] == []


def test_there_are_five_operations_below_api(phones: Contract) -> None:
    """There are five operations, below /api."""
    assert phones.base_path == "/api"
    assert {name: (operation.method, operation.path) for name, operation in phones.operations.items()} == {
        "listPhones": ("GET", "/phones"),
        "registerPhone": ("POST", "/phones"),
        "getPhone": ("GET", "/phones/{uuid}"),
        "updatePhone": ("PATCH", "/phones/{uuid}"),
        "deletePhone": ("DELETE", "/phones/{uuid}"),
    }


def test_the_token_is_optional_in_the_document(operation: Operation) -> None:
    """A bearer token is required, and a service may run without one."""
    assert operation.bearer == "optional"


def test_the_list_has_five_optional_parameters(phones: Contract) -> None:
    """The list has a search, two filters and two numbers, all optional."""
    parameters = phones.operations["listPhones"].parameters
    assert [(parameter.name, parameter.location, parameter.schema.node["type"]) for parameter in parameters] == [
        ("search", "query", "string"),
        ("status", "query", "string"),
        ("type", "query", "string"),
        ("page", "query", "integer"),
        ("limit", "query", "integer"),
    ]
    assert not any(parameter.required or parameter.many for parameter in parameters)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("search", ["", "x" * 200, "📞" * 200, "\0", "%"], ["x" * 201, "📞" * 201]),
        ("status", ["registered", "pending", "active", "inactive"], ["", "Active", "ordered", "active "]),
        ("type", ["private", "shared", "ordered"], ["", "PRIVATE", "pending"]),
        ("page", [1, 2, 10**30], [0, -1]),
        ("limit", [1, 100], [0, -1, 101]),
    ],
)
def test_list_parameters_accept_values_within_bounds(
    phones: Contract, name: str, good: list[Any], bad: list[Any]
) -> None:
    """Each parameter accepts the values of the contract up to its bounds, and nothing beyond."""
    schema = next(each for each in phones.operations["listPhones"].parameters if each.name == name).schema
    assert [value for value in good if not schema.is_valid(value)] == []
    assert [value for value in bad if schema.is_valid(value)] == []


@pytest.mark.parametrize("name", ["getPhone", "updatePhone", "deletePhone"])
def test_any_text_is_accepted_as_uuid(phones: Contract, name: str) -> None:
    """A path accepts any text as uuid: a malformed one is unknown, not invalid."""
    (uuid,) = phones.operations[name].parameters
    assert (uuid.name, uuid.location, uuid.required) == ("uuid", "path", True)
    assert uuid.schema.is_valid(VENDORS_PHONE["uuid"])
    assert uuid.schema.is_valid("no-uuid")


def test_each_operation_declares_its_responses(operation: Operation) -> None:
    """Each operation declares its success and every error that it can return, and no more."""
    assert list(operation.responses) == RESPONSES[operation.id]


def test_all_errors_share_one_schema(operation: Operation) -> None:
    """Every error is JSON with the same schema, with any status."""
    for status, response in operation.responses.items():
        if status >= "400":
            schema = response.content[JSON].schema
            assert schema is not None
            assert (list(response.content), schema.pointer) == ([JSON], ERROR)


@pytest.mark.parametrize(
    ("status", "header", "good", "bad"),
    [
        ("201", "Location", "/api/phones/5b6f3a0e-9d0f-4c58-8a3e-6f6c1d0d7a11", "a b"),
        ("401", "WWW-Authenticate", 'Bearer realm="phones"', "Basic"),
        ("405", "Allow", "GET, HEAD", ""),
        ("429", "Retry-After", "30", "soon"),
    ],
)
def test_responses_declare_their_headers(phones: Contract, status: str, header: str, good: str, bad: str) -> None:
    """The response to a registration has Location; those with 401, 405 and 429 have their header."""
    headers = phones.operations["registerPhone"].responses[status].headers
    assert list(headers) == [header]
    assert headers[header].required
    assert headers[header].schema.is_valid(good)
    assert not headers[header].schema.is_valid(bad)


def test_equal_error_statuses_have_equal_headers(operation: Operation) -> None:
    """401, 405 and 429 have their header in every declaration."""
    found = {status: list(response.headers) for status, response in operation.responses.items() if response.headers}
    expected = {"401": ["WWW-Authenticate"], "405": ["Allow"], "429": ["Retry-After"]}
    assert {status: names for status, names in found.items() if status >= "400"} == expected


def test_the_vendors_example_is_included_verbatim(operation: Operation) -> None:
    """The example of the vendor's documentation is an example of the response, verbatim."""
    examples = {example.name: example.value for example in operation.success.content[JSON].examples}
    assert examples["documented"] == VENDORS_RESPONSES[operation.id]


def test_everything_has_an_example(operation: Operation) -> None:
    """Every request body and every response body has an example."""
    media = [response.content[JSON] for response in operation.responses.values()]
    media += [operation.body.content[JSON]] if operation.body else []
    assert [each.pointer for each in media if not each.examples] == []


def test_everything_is_described(phones: Contract) -> None:
    """Every operation, parameter, response and field of a body has a description."""
    document = phones.document()
    pointers = [operation.pointer for operation in phones.operations.values()]
    for operation in phones.operations.values():
        pointers += [parameter.pointer for parameter in operation.parameters]
        pointers += [response.pointer for response in operation.responses.values()]
    for name in ("Phone", "PhoneList", "RegisterPhone", "UpdatePhone", "Error"):
        properties = document["components"]["schemas"][name]["properties"]
        pointers += [f"/components/schemas/{name}/properties/{member}" for member in properties]
    bare = [node for node in (resolve(document, pointer) for pointer in pointers) if "description" not in node]
    assert [node for node in bare if "$ref" not in node and node.get("type") != "boolean"] == []


@pytest.mark.parametrize(
    ("body", "valid"),
    [
        ({"number": "+12025550143"}, True),
        ({"number": "+1202555"}, True),
        ({"number": "+120255501431234"}, True),
        ({"number": "+120255"}, False),
        ({"number": "+1202555014312345"}, False),
        ({"number": "12025550143"}, False),
        ({"number": "+02025550143"}, False),
        ({"number": "+1202555014\uff13"}, False),
        ({"number": "+12025550143\n"}, False),
        ({"number": " +12025550143"}, False),
        ({"number": 12025550143}, False),
        ({}, False),
        ({"number": "+12025550143", "name": ""}, False),
        ({"number": "+12025550143", "name": "x" * 100}, True),
        ({"number": "+12025550143", "name": "x" * 101}, False),
        ({"number": "+12025550143", "name": None}, False),
        ({"number": "+12025550143", "countryCode": "GB"}, True),
        ({"number": "+12025550143", "countryCode": "gb"}, False),
        ({"number": "+12025550143", "countryCode": "GBR"}, False),
        ({"number": "+12025550143", "provider": "x" * 50}, True),
        ({"number": "+12025550143", "provider": "x" * 51}, False),
        ({"number": "+12025550143", "provider": ""}, False),
        ({"number": "+12025550143", "referenceId": "x" * 255}, True),
        ({"number": "+12025550143", "referenceId": "x" * 256}, False),
        ({"number": "+12025550143", "referenceId": ""}, False),
        ({"number": "+12025550143", "type": "ordered"}, True),
        ({"number": "+12025550143", "type": "mine"}, False),
        ({"number": "+12025550143", "status": "active"}, False),
        ({"number": "+12025550143", "uuid": "x"}, False),
        ({"number": "+12025550143", "smsEnabled": True}, False),
        ([], False),
        (None, False),
    ],
)
def test_registration_accepts_only_documented_fields(phones: Contract, body: Any, valid: bool) -> None:
    """A registration accepts a number and the documented fields, within their bounds, and no other field."""
    assert phones.schemas["RegisterPhone"].is_valid(body) is valid


@pytest.mark.parametrize(
    ("body", "valid"),
    [
        ({"name": "Night desk"}, True),
        ({"status": "inactive", "type": "shared"}, True),
        ({}, False),
        ({"name": None}, False),
        ({"status": None}, False),
        ({"type": None}, False),
        ({"name": ""}, False),
        ({"name": "x" * 101}, False),
        ({"number": "+12025550143"}, False),
        ({"uuid": "x"}, False),
        ({"createdAt": "2026-01-10T12:00:00Z"}, False),
        ({"provider": "x"}, False),
    ],
)
def test_update_accepts_only_name_status_and_type(phones: Contract, body: Any, valid: bool) -> None:
    """An update accepts a name, a status and a type: at least one of them, no null, and no other field."""
    assert phones.schemas["UpdatePhone"].is_valid(body) is valid


@pytest.mark.parametrize("name", ["registerPhone", "updatePhone"])
def test_registration_and_update_require_json(phones: Contract, name: str) -> None:
    """Registration and update require JSON."""
    body = phones.operations[name].body
    assert body is not None
    assert (body.required, list(body.content)) == (True, [JSON])


def test_other_operations_have_no_body(phones: Contract) -> None:
    """The other operations have no body."""
    assert [name for name, each in phones.operations.items() if each.body] == ["registerPhone", "updatePhone"]


def test_responses_may_have_undocumented_fields(phones: Contract) -> None:
    """A service may return undocumented fields."""
    assert phones.schemas["Phone"].is_valid(VENDORS_PHONE | {"campaign": None})
    assert phones.schemas["PhoneList"].is_valid(VENDORS_RESPONSES["listPhones"] | {"next": 2})
    assert phones.schemas["Deleted"].is_valid(VENDORS_RESPONSES["deletePhone"] | {"uuid": "x"})
    assert phones.schemas["Error"].is_valid({"success": False, "message": "No.", "code": 7})


@pytest.mark.parametrize("member", list(VENDORS_PHONE))
def test_a_phone_requires_all_documented_fields(phones: Contract, member: str) -> None:
    """Each of the ten fields of the documented phone is required in a response."""
    less = {name: value for name, value in VENDORS_PHONE.items() if name != member}
    (violation,) = phones.schemas["Phone"].violations(less)
    assert (violation.path, violation.rests_on) == (f"/{member}", f"{PHONE}/required")


def test_registration_links_to_the_new_phone(phones: Contract) -> None:
    """The response to a registration links to get, update and delete of the new phone."""
    links = phones.document()["paths"]["/phones"]["post"]["responses"]["201"]["links"]
    assert [link["operationId"] for link in links.values()] == ["getPhone", "updatePhone", "deletePhone"]
    assert all(link["parameters"] == {"uuid": "$response.body#/uuid"} for link in links.values())


def test_the_key_of_a_phone_is_its_uuid(phones: Contract) -> None:
    """The key of a phone is its uuid, the last segment of its path."""
    assert list(phones.resources) == ["phone"]
    phone = phones.resources["phone"]
    assert (phone.record.pointer, phone.key, phone.key_parameters) == (PHONE, "uuid", ("uuid",))
    assert (phone.collection, phone.item) == ("/phones", "/phones/{uuid}")
    assert phone.operations == {
        Role.LIST: "listPhones",
        Role.CREATE: "registerPhone",
        Role.READ: "getPhone",
        Role.UPDATE: "updatePhone",
        Role.DELETE: "deletePhone",
    }
    assert phone.write_only == {"referenceId"}
    assert [unique.fields for unique in phone.unique] == [("number",)]


def test_the_list_has_filters_search_pages_and_order(phones: Contract) -> None:
    """The list has filters, search, pages and an order, and the pointers to its counts."""
    listing = phones.resources["phone"].listing
    assert listing is not None
    assert listing.search is not None
    assert listing.paging is not None
    assert [(each.parameter, each.field) for each in listing.filters] == [("status", "status"), ("type", "type")]
    assert (listing.search.parameter, listing.search.fields) == ("search", ("number", "name", "provider"))
    assert (listing.paging.style, listing.paging.start, listing.paging.limit) == ("page", "page", "limit")
    assert (listing.order.by, listing.order.descending) == (None, True)
    shape = listing.response
    assert (shape.items, shape.total, shape.pages) == ("/phones", "/total", "/totalPages")
    assert (shape.page, shape.limit, shape.offset) == ("/page", "/limit", None)


def test_optional_fields_have_a_rule_for_new_phones(phones: Contract) -> None:
    """Each optional field has a rule: made by the server, an initial value, or the country of the number."""
    rules = phones.resources["phone"].fields
    at = "/x-resources/phone/members"
    assert rules == {
        "uuid": ServerMade("uuid", "uuid", f"{at}/uuid"),
        "name": InitialValue("name", None, (), f"{at}/name"),
        "provider": InitialValue("provider", None, (), f"{at}/provider"),
        "type": InitialValue("type", "private", (), f"{at}/type"),
        "countryCode": Country("countryCode", "number", "US", f"{at}/countryCode"),
        "status": InitialValue(
            "status", "registered", (ConditionalInitialValue("type", "ordered", "pending"),), f"{at}/status"
        ),
        "smsEnabled": InitialValue("smsEnabled", False, (), f"{at}/smsEnabled"),
        "createdAt": ServerMade("createdAt", "time-of-creation", f"{at}/createdAt"),
        "updatedAt": ServerMade("updatedAt", "time-of-change", f"{at}/updatedAt"),
    }
    assert "default" not in phones.schemas["RegisterPhone"].node["properties"]["type"]


def test_every_refusal_has_a_status_and_an_order(phones: Contract) -> None:
    """The document sets the status of every refusal, in the order in which they are checked."""
    refusals = phones.refusals
    expected = {
        Refusal.UNKNOWN_PATH: 404,
        Refusal.UNKNOWN_METHOD: 405,
        Refusal.TOKEN: 401,
        Refusal.RATE: 429,
        Refusal.MEDIA_TYPE: 415,
        Refusal.TOO_LARGE: 413,
        Refusal.INVALID: 400,
        Refusal.MALFORMED_KEY: 404,
        Refusal.UNKNOWN_RECORD: 404,
        Refusal.CONFLICT: 409,
    }
    assert refusals.statuses == expected
    written = phones.document()["x-http"]["refusals"]["statuses"]
    assert list(written) == [refusal.value for refusal in Refusal]
    assert refusals.schema is not None
    assert (refusals.schema.pointer, refusals.media_type, refusals.max_body_bytes) == (ERROR, JSON, 1048576)
    assert refusals.body == {"success": False, "message": "$message", "errors": "$violations"}
    assert refusals.violation == {"in": "$in", "path": "$path", "message": "$message"}


def test_our_document_has_no_problems() -> None:
    """The packaged document has no errors and no warnings, examples and defaults included."""
    assert problems(PHONES) == ()
