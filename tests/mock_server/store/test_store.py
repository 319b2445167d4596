"""The store: against a plain list, below and above where it has indexes, and while other threads write."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from operator import itemgetter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from mock_server.store import text_index
from mock_server.store.column_filter import ScannedValues, ValueIndex
from mock_server.store.comparisons import Bound
from mock_server.store.row import Limits
from mock_server.store.store import Cursor, Mark, Query, Store, StoreRules, StoreSnapshot, TakenError, UnknownKeyError
from mock_server.store.text_index import ScannedTexts, TextIndex
from openapi.comparisons import COMPARISONS, ComparedField
from openapi.model.lists import Order

Json = dict[str, Any]

CREATION = Order(by=None, descending=False, pointer="")
NEWEST_FIRST = Order(by=None, descending=True, pointer="")
ORDERS = [
    CREATION,
    NEWEST_FIRST,
    Order("size", descending=False, pointer=""),
    Order("size", descending=True, pointer=""),
]
LIMITS = {
    "scanned": Limits(indexed_from=1_000_000, written=3, share=4),
    "indexed": Limits(indexed_from=1, written=3, share=4),
    "both": Limits(indexed_from=6, written=2, share=4),
    "never merged": Limits(indexed_from=1, written=1_000_000),
}

TEXTS = (
    st.text("abß\0🦜", max_size=4) | st.text("ab", min_size=30, max_size=70) | st.sampled_from(["STRASSE", "İ", "a b"])
)
TAGS = st.sampled_from([None, True, False, 1, 0, 1.0, "1", "a", "", [1], {"a": 1}, {"a": 2}])
SIZES = st.sampled_from([None, True, 0, -1.5, 2, 10**30, "a", "B", [1]])
MEMBERS = st.fixed_dictionaries(
    {},
    optional={"name": st.none() | TEXTS, "number": st.none() | st.integers(0, 30) | TEXTS, "tag": TAGS, "size": SIZES},
)
WRITES = ["create", "create again", "change", "delete"]
KEYS = st.integers(0, 15)
SIZE, NUMBER = ComparedField(("size",)), ComparedField(("number",))
BOUNDS = st.builds(Bound, st.sampled_from(COMPARISONS), st.lists(st.sampled_from([True, 0, 2, 2.5, "B"])).map(tuple))
QUERIES = st.builds(
    Query,
    filters=st.lists(st.tuples(st.just("tag"), TAGS | st.lists(TAGS, max_size=3)), max_size=1).map(tuple),
    search=st.just("") | TEXTS,
    start=st.integers(0, 12) | st.just(10**40),
    limit=st.none() | st.integers(0, 5),
    bounds=st.lists(st.tuples(st.just(SIZE), BOUNDS), max_size=1).map(tuple),
    sort=st.lists(st.tuples(st.sampled_from([SIZE, NUMBER]), st.booleans()), max_size=2).map(tuple),
    cursor=st.none(),
)


def rules(order: Order, limits: Limits) -> StoreRules:
    """Records by id, with a unique number, filtered by tag, and searched by number and name."""
    unique = (("number",), ("name", "tag"))
    return StoreRules("id", unique, ("tag",), ("number", "name"), order, limits, compared=(SIZE, NUMBER))


def made(record: Json) -> Callable[[], Json]:
    """A function that returns a finished record."""
    return lambda: record


def equal(value: Any, wanted: Any) -> bool:
    """Whether a filter keeps a value."""
    if isinstance(wanted, list):
        return any(equal(value, one) for one in wanted)
    return bool(value == wanted) and (value is True or value is False) == (wanted is True or wanted is False)


def compares(record: Json, bound: Bound) -> bool:
    """Whether a size, or one in a list of sizes, compares as requested with the wanted size."""
    size = record.get("size")
    values = [one for one in (size if isinstance(size, list) else [size]) if one is not None]
    pairs = [(value, wanted) for value in values for wanted in bound.wanted if kind(value) == kind(wanted)]
    compare = {"equal": "__eq__", "at-least": "__ge__", "at-most": "__le__", "above": "__gt__", "below": "__lt__"}
    return any(getattr(operator, compare[bound.comparison])(value, wanted) for value, wanted in pairs)


def kind(value: Any) -> type:
    """Numbers of all types are of one kind."""
    return int if isinstance(value, float) else type(value)


def sort_key(value: Any) -> Any:
    """The key that sorts records; a list of one value counts as that value."""
    value = value[0] if isinstance(value, list) else value
    return (0,) if value is None else (2, value) if isinstance(value, str) else (1, value)


def size(record: Json) -> Any:
    """What records are ordered by."""
    value = record.get("size")
    if value is None:
        return (0,)
    return (1, value) if isinstance(value, int | float) else (2, value if isinstance(value, str) else json.dumps(value))


def texts(record: Json) -> list[str]:
    """What of a record is searched."""
    found = [record.get(field) for field in ("number", "name")]
    return [value if isinstance(value, str) else json.dumps(value) for value in found if value is not None]


def selected(records: list[Json], order: Order, query: Query) -> tuple[int, list[Json]]:
    """What a query selects of records in order of creation, in the plainest words."""
    found = records if order.by is None else sorted(records, key=size)
    found = found[::-1] if order.descending else found
    for _, wanted in query.filters:
        found = [record for record in found if equal(record.get("tag"), wanted)]
    for _, bound in query.bounds:
        found = [record for record in found if compares(record, bound)]
    wanted = query.search.casefold()
    found = [record for record in found if not wanted or any(wanted in text.casefold() for text in texts(record))]
    for field, descending in query.sort[::-1]:
        pairs = [(sort_key(record.get(field.path[0])), record) for record in found]
        found = [record for _, record in sorted(pairs, key=itemgetter(0), reverse=descending)]
    return len(found), found[query.start :][: query.limit]


def unique(record: Json) -> list[str | None]:
    """What no other record may have, one for each rule."""
    values = [[record.get("number")], [record.get("name"), record.get("tag")]]
    return [None if None in some else json.dumps(some, sort_keys=True) for some in values]


class Twins(RuleBasedStateMachine):
    """A store, and the list of the records that it should hold. A rule runs what it delays."""

    images = Bundle("images")
    kept_by: StoreRules

    def __init__(self) -> None:
        super().__init__()
        self.delayed: list[Callable[[], None]] = []
        self.store = Store(self.kept_by, self.delayed.append)
        self.records: list[Json] = []
        self.former: list[Json] = []
        self.unused = count(100)

    @initialize(members=st.lists(MEMBERS, max_size=15))
    def load(self, members: list[Json]) -> None:
        """Start with many records: those with a duplicate value are reported and left out."""
        refused: list[TakenError] = []
        lost = 0
        records = [{"id": index % 14, **some} for index, some in enumerate(members)]
        for record in records:
            if self._with_key(record["id"]) or self._others_with_what_is_unique_in(record):
                lost += 1
            else:
                self.records.append(record)
        self.store.load(map(made, records), refused.append)
        assert len(refused) == lost

    @rule(writes=st.lists(st.tuples(st.sampled_from(WRITES), KEYS, MEMBERS, st.integers(0, 2)), min_size=1, max_size=9))
    def write(self, writes: list[tuple[str, int, Json, int]]) -> None:
        """Write one after another, two in three of them where there is something to change, or nothing in the way."""
        for how, key, members, which in writes:
            if how in ("change", "delete"):
                there = [one["id"] for one in self.records]
                chosen = there[key % len(there)] if which and there else key
                {"change": self.change, "delete": self.delete}[how](chosen, members)
                continue
            former = self.former[-1 - key % len(self.former)] if how == "create again" and self.former else members
            self.create(key if which == 0 else next(self.unused), former)

    def create(self, key: int, members: Json) -> None:
        """Add one, unless its key or something unique is another's."""
        record = {**members, "id": key}
        holders = self._with_key(key) or self._others_with_what_is_unique_in(record)
        if not holders:
            assert self.store.create(made(record)).record == record
            self.records.append(record)
            return
        with pytest.raises(TakenError) as refused:
            self.store.create(made(record))
        assert refused.value.holder in holders

    def change(self, key: int, members: Json) -> None:
        """Change one, unless it isn't there or something unique is another's."""
        index = next((index for index, one in enumerate(self.records) if one["id"] == key), None)
        if index is None:
            with pytest.raises(UnknownKeyError):
                self.store.change(key, lambda old: old)
            return
        record = {**self.records[index], **members}
        if self._others_with_what_is_unique_in(record):
            with pytest.raises(TakenError):
                self.store.change(key, lambda old: {**old, **members})
            return
        assert self.store.change(key, lambda old: {**old, **members}).record == record
        self.former.append(self.records[index])
        self.records[index] = record

    def delete(self, key: int, _members: Json) -> None:
        """Take one out, if it is there."""
        found = self._with_key(key)
        if not found:
            with pytest.raises(UnknownKeyError):
                self.store.delete(key)
            return
        assert self.store.delete(key).record == found[0]
        self.records.remove(found[0])
        self.former.append(found[0])

    @rule(query=QUERIES)
    def select(self, query: Query) -> None:
        """A query of the store gives what a plain list gives."""
        total, items = self.store.select(query)
        assert (total, [json.loads(item) for item in items]) == selected(self.records, self.kept_by.order, query)

    @rule(query=QUERIES, limit=st.integers(1, 4))
    def walk(self, query: Query, limit: int) -> None:
        """Walk with cursors: the pages together are the whole list."""
        total, everything = selected(self.records, self.kept_by.order, query._replace(start=0, limit=None))
        found: list[Json] = []
        after: Mark | None = None
        while True:
            walked = self.store.walk(query._replace(limit=limit), Cursor(after))
            assert (walked.total, walked.start) == (total, len(found))
            found += [json.loads(item) for item in walked.items]
            if walked.end is None:
                break
            after = walked.end
        assert found == everything

    @rule(key=KEYS)
    def read(self, key: int) -> None:
        """Read one, if it is there."""
        found = self._with_key(key)
        if found:
            assert self.store.read(key).record == found[0]
        else:
            with pytest.raises(UnknownKeyError):
                self.store.read(key)

    @rule(target=images)
    def keep(self) -> tuple[StoreSnapshot, list[Json]]:
        """Keep what there is now."""
        with self.store.lock:
            snapshot = self.store.snapshot()
        return snapshot, list(self.records)

    @rule(kept=images)
    def look(self, kept: tuple[StoreSnapshot, list[Json]]) -> None:
        """What was kept is as it was."""
        snapshot, records = kept
        assert [json.loads(record) for record in snapshot.in_creation()] == records

    @rule(kept=images)
    def restore(self, kept: tuple[StoreSnapshot, list[Json]]) -> None:
        """Continue in another store from the kept state; delayed work of the first still runs."""
        snapshot, records = kept
        self.store = Store(self.kept_by, self.delayed.append)
        self.store.show(snapshot)
        self.records = list(records)

    @rule()
    def finish(self) -> None:
        """Run the delayed work."""
        while self.delayed:
            self.delayed.pop()()

    @invariant()
    def hold_the_same(self) -> None:
        """Both have the same records in the same order, after every step."""
        assert len(self.store) == len(self.records)
        self.select(Query((), "", 0, None))

    def _with_key(self, key: int) -> list[Json]:
        return [one for one in self.records if one["id"] == key]

    def _others_with_what_is_unique_in(self, record: Json) -> list[Json]:
        values = unique(record)
        others = [one for one in self.records if one["id"] != record["id"]]
        return [one for one in others if any(map(_are_alike, values, unique(one)))]


def _are_alike(value: str | None, other: str | None) -> bool:
    return value is not None and value == other


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("order", ORDERS, ids=["oldest first", "newest first", "by size", "by size, descending"])
def test_a_store_matches_a_plain_list(order: Order, limits: Limits) -> None:
    """After any writes, snapshots and restores, indexed or not, a query returns what filtering a list gives."""

    class Given(Twins):
        kept_by = rules(order, limits)

    run_state_machine_as_test(Given, settings=settings(max_examples=15, stateful_step_count=50, deadline=None))


@settings(max_examples=200, deadline=None)
@given(column=st.lists(TEXTS, max_size=12), wanted=TEXTS.filter(bool), batch=st.integers(1, 4))
def test_the_text_index_matches_a_scan(column: list[str], wanted: str, batch: int) -> None:
    """For every text, the index returns the positions of the strings that contain it, in any order of searches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_index, "_BATCH", batch)
        index = TextIndex(column)
    for part in {wanted, *(text[start : start + 5] for text in column for start in range(0, len(text), 4))}:
        assert index.matching(part) == ScannedTexts(column).matching(part)


@settings(max_examples=100, deadline=None)
@given(column=st.lists(TAGS, max_size=100), wanted=TAGS | st.lists(TAGS | st.lists(TAGS, max_size=2), max_size=3))
def test_the_value_index_matches_a_scan(column: list[Any], wanted: Any) -> None:
    """For any set of values, the index gives the positions of the values that are equal in JSON."""
    assert ValueIndex(column).matching(wanted) == ScannedValues(column).matching(wanted)


@pytest.mark.parametrize("order", ORDERS, ids=["oldest first", "newest first", "by size", "by size, descending"])
def test_reads_are_consistent_during_writes_and_merges(order: Order) -> None:
    """Reads find every unchanged record, and lists are complete, during writes and merges."""
    store = Store(rules(order, Limits(indexed_from=1, written=5, share=1_000)))
    refused: list[TakenError] = []
    store.load([made({"id": key, "number": f"kept {key}", "size": key}) for key in range(50)], refused.append)

    def write(writer: int) -> None:
        for turn in range(60):
            key = f"{writer}/{turn}"
            store.create(made({"id": key, "number": key, "size": turn}))
            store.change(turn % 50, lambda old: {**old, "name": f"{writer}"})
            if turn % 3:
                store.delete(key)

    def read(reader: int) -> None:
        for turn in range(150):
            key = (reader + turn) % 50
            assert store.read(key).record["number"] == f"kept {key}"
            assert store.select(Query((), f"KEPT {key}", 0, None)).total == (11 if key in range(1, 5) else 1)
            total, items = store.select(Query((), "", 0, None))
            records = [json.loads(item) for item in items]
            assert total == len({record["id"] for record in records}) >= 50
            sizes = [record["size"] for record in records]
            assert order.by is None or sizes == sorted(sizes, reverse=order.descending)

    with ThreadPoolExecutor(6) as pool:
        for done in [
            *[pool.submit(write, index) for index in range(2)],
            *[pool.submit(read, index) for index in range(4)],
        ]:
            done.result()
    assert len(store) == 50 + 2 * 20


def test_an_aborted_load_leaves_the_store_empty() -> None:
    """A load that stops at an invalid record leaves an empty store empty."""

    def give_up(error: TakenError) -> None:
        raise error

    store = Store(rules(CREATION, LIMITS["both"]))
    with pytest.raises(TakenError) as refused:
        store.load([made({"id": 1, "number": "a"}), made({"id": 2, "number": "a"})], give_up)
    assert (refused.value.fields, refused.value.holder) == (("number",), {"id": 1, "number": "a"})
    assert len(store) == 0


def test_the_version_mark_changes_only_on_writes() -> None:
    """Reads, refused writes and merging keep the mark; each write changes it."""
    delayed: list[Callable[[], None]] = []
    store = Store(rules(CREATION, LIMITS["indexed"]), delayed.append)
    for key in range(4):
        before = store.mark
        store.create(made({"id": key}))
        assert store.mark is not before
    mark = store.mark
    with pytest.raises(TakenError):
        store.create(made({"id": 1}))
    store.select(Query((), "", 0, None))
    delayed.pop()()
    assert store.mark is mark
    store.delete(1)
    assert store.mark is not mark
