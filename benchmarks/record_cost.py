"""What a generated phone costs, step by step: `python -m benchmarks.record_cost`.

Prints microseconds of CPU time per record, the best of several rounds, and the floor: only hashing and formatting.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import process_time

from fixtures.columns.column import Span
from fixtures.formats import BINARY_FORMATS, FORMATS, BinaryFormat
from fixtures.generation.generator import Settings
from fixtures.generation.recipe import Recipe, recipe
from fixtures.kinds.request import GenerationRequest
from fixtures.phone_numbers.number_pool import UNASSIGNED
from fixtures.value_spaces.keyed_random import Keyed
from fixtures.value_spaces.timestamps import REFERENCE_TIME, milliseconds
from openapi import PHONES, load

_RECORDS = 20_480
_BATCH = 1024
_ROUNDS = 9
_ORDER = (
    *("number", "uuid", "countryCode", "name", "provider", "type", "status", "smsEnabled"),
    *("createdAt", "updatedAt"),
)
"""A field after those that it depends on."""
_WORDS = 11
"""Random words of a phone: two for the uuid, one for each other choice."""


def main() -> None:
    """Measure and print."""
    request = GenerationRequest(load(PHONES), None, _RECORDS, settings=Settings(numbers="unassigned"))
    made = recipe(request.contract, request.resource, 0, milliseconds(REFERENCE_TIME), (UNASSIGNED,))
    before = 0.0
    for count, name in enumerate(_ORDER, 1):
        passed = _best(partial(_columns, made, _ORDER[:count]))
        _show(name, passed - before)
        before = passed
    objects = _best(lambda: _spans(lambda span: span.of(made.column)))
    _show("a dictionary", objects - before)
    whole = _best(lambda: _spans(lambda span: made.make(span.start, span.stop)))
    _show("validation", whole - objects)
    records = list(made.make(0, _RECORDS))
    lines = _best(lambda: list(FORMATS["jsonl"].write(records, request.records_dataset())))
    _show("JSON", lines)
    _show("all", whole + lines)
    for name, format_ in BINARY_FORMATS.items():
        _show(f"all, {name}", _best(partial(_written, format_, request)))
    keyed = Keyed(0, "floor")
    hashing = _best(lambda: _spans(lambda span: keyed.words(span.start * _WORDS, span.stop * _WORDS)))
    rows = [tuple(record.values()) for record in records]
    template = "{" + ",".join(f'"{name}":"%s"' for name in records[0]) + "}\n"
    formatting = _best(lambda: "".join([template % row for row in rows]))
    _show("floor", hashing + formatting)


def _written(format_: BinaryFormat, request: GenerationRequest) -> None:
    for _ in format_.write(request.records(), request.records_dataset()):
        pass


def _columns(made: Recipe, names: tuple[str, ...]) -> None:
    _spans(lambda span: [span.of(made.fields[name]) for name in names])


def _spans(work: Callable[[Span], object]) -> None:
    for start in range(0, _RECORDS, _BATCH):
        work(Span(start, start + _BATCH))


def _best(work: Callable[[], object]) -> float:
    """Microseconds per record."""
    times = []
    for _ in range(_ROUNDS):
        begin = process_time()
        work()
        times.append(process_time() - begin)
    return min(times) / _RECORDS * 1e6


def _show(what: str, cost: float) -> None:
    print(f"{what:14}{cost:6.2f}")


if __name__ == "__main__":
    main()
