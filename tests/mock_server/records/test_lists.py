"""Lists: filters, search, pages and order, by examples and compared with a plain model."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.mock_server.support import PHONES, Caller, number

STATUSES = ["registered", "pending", "active", "inactive"]
TYPES = ["private", "shared", "ordered"]


@pytest.fixture
def filled(call: Caller) -> Caller:
    """Five phones, the newest with the highest number."""
    for index, (name, provider, kind) in enumerate(
        [
            ("Main Office", "vapi", "private"),
            (None, "twilio", "shared"),
            ("100% _night_ desk*", None, "ordered"),
            ("Straße", "Vapi", "private"),
            ("ÉTÉ 7.9", None, "ordered"),
        ]
    ):
        members = {"name": name, "provider": provider}
        call.register(number(index), type=kind, **{key: value for key, value in members.items() if value})
    return call


def found(call: Caller, query: str) -> list[str]:
    """The last digits of the numbers in a query's result, in order."""
    response = call.get(f"{PHONES}?{query}")
    assert response.status == 200, response
    assert response.body["total"] == len(response.body["phones"])
    return [phone["number"][-1] for phone in response.body["phones"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "43210"),
        ("search=", "43210"),
        ("search=office", "0"),
        ("search=OFFICE", "0"),
        ("search=vapi", "30"),
        ("search=%2B44207946000", "43210"),
        ("search=0003", "3"),
        ("search=+44207946000", ""),  # A plain plus is a space.
        ("search=main+office", "0"),
        ("search=main%20office", "0"),
        ("search=%25", "2"),
        ("search=_night_", "2"),
        ("search=*", "2"),
        ("search=.", "4"),
        ("search=STRASSE", "3"),
        ("search=%C3%A9t%C3%A9", "4"),
        ("search=null", ""),
        ("search=None", ""),
        ("search=private", ""),  # A type is filtered, not searched.
        ("type=ordered", "42"),
        ("status=pending", "42"),
        ("status=registered&type=shared", "1"),
        ("status=active", ""),
        ("type=private&search=vapi&status=registered", "30"),
        ("unknown=1&unknown=2&type=shared", "1"),
        ("%74ype=shared", "1"),
        ("&&type=shared&", "1"),
        ("Type=shared", "43210"),
    ],
)
def test_filters_and_search_combine(filled: Caller, query: str, expected: str) -> None:
    """Filters and search combine; the newest comes first; unknown parameters are ignored."""
    assert found(filled, query) == list(expected)


@pytest.mark.parametrize(
    ("query", "page", "limit", "pages", "expected"),
    [
        ("", 1, 10, 1, "43210"),
        ("limit=2", 1, 2, 3, "43"),
        ("limit=2&page=3", 3, 2, 3, "0"),
        ("limit=2&page=4", 4, 2, 3, ""),
        ("limit=5", 1, 5, 1, "43210"),
        ("limit=100&page=1", 1, 100, 1, "43210"),
        ("page=0002", 2, 10, 1, ""),
        ("page=999999999999999999999999999999", 999999999999999999999999999999, 10, 1, ""),
        ("limit=1&type=ordered&page=2", 2, 1, 2, "2"),
        ("search=nobody", 1, 10, 0, ""),
    ],
)
def test_pages_have_number_and_totals(
    filled: Caller, query: str, page: int, limit: int, pages: int, expected: str
) -> None:
    """A page has its number and the totals; past the end it is empty."""
    body = filled.get(f"{PHONES}?{query}").body
    assert (body["page"], body["limit"], body["totalPages"]) == (page, limit, pages)
    assert [phone["number"][-1] for phone in body["phones"]] == list(expected)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("page=", ["page"]),
        ("page", ["page"]),
        ("page=0", ["page"]),
        ("page=-1", ["page"]),
        ("page=1e2", ["page"]),
        ("page=1.0", ["page"]),
        ("page=+5", ["page"]),
        ("page=%205", ["page"]),
        ("page=5%0A", ["page"]),
        ("page=%EF%BC%91%EF%BC%90", ["page"]),
        ("page=0x10", ["page"]),
        ("page=1_0", ["page"]),
        ("page=" + "9" * 5000, ["page"]),
        ("limit=0", ["limit"]),
        ("limit=-1", ["limit"]),
        ("limit=1e2", ["limit"]),
        ("limit=1.0", ["limit"]),
        ("limit=+5", ["limit"]),
        ("limit=%205", ["limit"]),
        ("limit=%EF%BC%91%EF%BC%90", ["limit"]),
        ("limit=" + "9" * 5000, ["limit"]),
        ("limit", ["limit"]),
        ("limit=101", ["limit"]),
        ("limit=", ["limit"]),
        ("status=", ["status"]),
        ("status=Active", ["status"]),
        ("type=", ["type"]),
        ("type=public", ["type"]),
        ("search=" + "x" * 201, ["search"]),
        ("search=%FF", ["search"]),
        ("search=%ED%A0%80", ["search"]),
        ("search=100%", ["search"]),
        ("search=%zz", ["search"]),
        ("page=1&page=1", ["page"]),
        ("search=a&search=", ["search"]),
        ("limit=1&%6cimit=1", ["limit"]),
        ("status=active&status=active", ["status"]),
        ("type=shared&type=private", ["type"]),
        ("status=x&type=y&page=0&limit=0&search=%80", ["search", "status", "type", "page", "limit"]),
    ],
)
def test_invalid_queries_are_refused(filled: Caller, query: str, names: list[str]) -> None:
    """The error names every invalid parameter."""
    assert filled.violations("GET", f"{PHONES}?{query}") == [("query", name) for name in names]


def test_a_search_of_200_code_points_is_accepted(filled: Caller) -> None:
    """The limit counts code points, not bytes."""
    assert found(filled, f"search={quote('🦜' * 200)}") == []


TEXTS = st.text(st.sampled_from("aAbBßẞ%_* .+é7\0🦜"), max_size=4)
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "search": TEXTS | st.sampled_from(["+4420794600", "01"]),
        "status": st.sampled_from(STATUSES),
        "type": st.sampled_from(TYPES),
        "page": st.integers(1, 5),
        "limit": st.integers(1, 100),
    },
)
PEOPLE = st.lists(
    st.tuples(TEXTS.filter(bool) | st.none(), TEXTS.filter(bool) | st.none(), st.sampled_from(TYPES)), max_size=8
)


def expected_page(phones: list[dict[str, Any]], query: dict[str, Any]) -> dict[str, Any]:
    """The page that the contract requires for `phones`, oldest first."""
    matching = [
        phone
        for phone in reversed(phones)
        if query.get("status") in (None, phone["status"])
        and query.get("type") in (None, phone["type"])
        and any(
            query.get("search", "").casefold() in text.casefold()
            for text in (phone["number"], phone["name"], phone["provider"])
            if text is not None
        )
    ]
    page, limit = query.get("page", 1), query.get("limit", 10)
    return {
        "phones": matching[(page - 1) * limit : page * limit],
        "total": len(matching),
        "page": page,
        "limit": limit,
        "totalPages": (len(matching) + limit - 1) // limit,
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, removed=st.sets(st.integers(0, 7)), queries=st.lists(QUERIES, min_size=1, max_size=4))
def test_lists_match_a_simple_model(
    call: Caller,
    people: list[tuple[str | None, str | None, str]],
    removed: set[int],
    queries: list[dict[str, Any]],
) -> None:
    """After any creates and deletes, every query returns what filtering a plain list gives."""
    call.reset()
    phones = []
    for index, (name, provider, kind) in enumerate(people):
        members = {"name": name, "provider": provider}
        phones.append(call.register(number(index), type=kind, **{key: text for key, text in members.items() if text}))
    for index in sorted(removed & set(range(len(phones))), reverse=True):
        assert call("DELETE", f"{PHONES}/{phones.pop(index)['uuid']}").status == 200
    for query in queries:
        assert call.get(f"{PHONES}?{urlencode(query)}").body == expected_page(phones, query)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 25), limit=st.integers(1, 10))
def test_pages_together_make_up_the_list(call: Caller, count: int, limit: int) -> None:
    """For every limit, the pages are disjoint, in order, and make up the list."""
    call.reset()
    for index in range(count):
        call.register(number(index))
    whole = call.get(f"{PHONES}?limit=100").body["phones"]
    pages = call.get(f"{PHONES}?limit={limit}").body["totalPages"]
    joined = [
        phone
        for page in range(1, pages + 1)
        for phone in call.get(f"{PHONES}?limit={limit}&page={page}").body["phones"]
    ]
    assert joined == whole
    assert len(whole) == count
