"""Substitutes: the same for the same value, of the same kind, and never the value itself."""

from __future__ import annotations

from uuid import UUID

import pytest

from fixtures import is_reserved
from mock_server.recording.substitutes import Substitutes


@pytest.fixture
def substitutes() -> Substitutes:
    """Substitutes with a fixed key."""
    return Substitutes(b"a fixed key")


def test_substitutes_keep_the_form_of_the_text(substitutes: Substitutes) -> None:
    """Words keep their lengths and capital letters, and everything between them stays."""
    text = substitutes.text("Main OFFICE, line 7 (日本)")
    assert [len(word) for word in text.split()] == [4, 7, 4, 1, 4]
    assert text[0].isupper()
    assert text[5:11].isupper()
    assert text[13:17].islower()
    assert not {"main", "office", "line", "7"} & set(text.lower().replace(",", "").split())


def test_equal_words_have_equal_substitutes(substitutes: Substitutes) -> None:
    """A word has the same substitute in every string, whatever its case."""
    assert substitutes.text("desk") in substitutes.text("The Desk of Ada").lower().split()


def test_substitutes_depend_on_the_key(substitutes: Substitutes) -> None:
    """Without the key, the substitutes of a name can't be computed."""
    assert substitutes.text("Ada Lovelace") != Substitutes(b"another key").text("Ada Lovelace")


def test_distinct_numbers_stay_distinct(substitutes: Substitutes) -> None:
    """Phone numbers become distinct reserved ones, of the same country while it has any."""
    originals = [f"+1415555{index:04}" for index in range(2000)]
    numbers = [substitutes.number(one) for one in originals]
    assert len(set(numbers)) == 2000
    assert all(map(is_reserved, numbers))
    assert all(number.startswith("+1") for number in numbers)
    assert [substitutes.number(one) for one in originals] == numbers


def test_more_numbers_than_reserved_ones_stay_distinct(substitutes: Substitutes) -> None:
    """When the reserved numbers of a country run out, those of other countries follow, still all distinct."""
    numbers = {substitutes.number(f"+353861{index:06}") for index in range(12_000)}
    assert len(numbers) == 12_000
    assert all(is_reserved(one) or one.startswith("+999") for one in numbers)


@pytest.mark.parametrize("text", ["+1 (415) 555-2671", "+14155552671", "+1 415.555.2671"])
def test_numbers_in_text_get_the_same_substitute(substitutes: Substitutes, text: str) -> None:
    """A number in a text becomes the same substitute as in a field, in any notation."""
    assert substitutes.number("+14155552671") in substitutes.text(f"Call {text} now")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T12:00:00.5Z", "2026-03-01T12:00:00.5Z"),
        ("ada@lovelace.org", "@example.com"),
        ("10.1.2.3", "192.0.2."),
    ],
)
def test_times_stay_and_addresses_become_reserved(substitutes: Substitutes, text: str, expected: str) -> None:
    """A time stays; mail and network addresses are replaced by ones reserved for documentation."""
    redacted = substitutes.text(f"at {text}").split()[1]
    assert expected in redacted
    assert (redacted == text) is (expected == text)


def test_uuids_become_other_uuids(substitutes: Substitutes) -> None:
    """A UUID becomes another of version 4, inside text too, in any letter case."""
    original = "C6CCA4DA-F5F1-44D0-AA87-71B376E6F13E"
    made = substitutes.uuid(original)
    assert UUID(made).version == 4
    assert substitutes.text(f"no phone {original.lower()}!").endswith(f"{made}!")


def test_long_text_is_replaced_in_linear_time(substitutes: Substitutes) -> None:
    """A megabyte without any separator is replaced, too."""
    assert len(substitutes.text("a" * 1_000_000)) == 1_000_000
