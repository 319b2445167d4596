"""Substitutes for personal data: equal values get equal substitutes, which reveal nothing else about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from hashlib import blake2b, shake_128
from random import Random
from threading import Lock
from uuid import UUID

from fixtures.errors import FixtureError
from fixtures.phone_numbers.number_pool import UNASSIGNED, NumberPool, number_pool
from mock_server.records.field_rules import country_of

_CONSONANTS = "bdfgklmnprstvz"
_VOWELS = "aeiou"
_TRIES = 100
_SHORT_DIGITS = 4
_PART = re.compile(
    r"(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
    r"|(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?)"
    r"|(?P<email>[^\s@<>\"']{1,64}@[^\s@<>\"',;)]{1,255})"
    r"|(?P<address>[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9]))"
    r"|(?P<number>\+?\(?[0-9](?:[ ().\-/]{0,2}[0-9]){6,18})"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<digits>\d+)",
    re.IGNORECASE,
)
"""The parts of a text that are replaced; everything else (spaces, punctuation) stays, and so do times."""


class Substitutes:
    """Maps values to substitutes, by a secret `key`; without it, substitutes can't be traced back.

    UUIDs and words are computed from the key (BLAKE2b, RFC 7693, in keyed mode). Phone numbers are taken from the
    reserved ranges in the order of the originals, so that two numbers never become one; originals are
    stored only as digests. Thread-safe.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._lock = Lock()
        self._numbers: dict[bytes, str] = {}
        self._numbers_used: dict[str, int] = {}
        self._used: set[bytes] = set()
        self._word = lru_cache(10_000)(self._made_word)
        self._next_number = cache(self._made_next_number)
        self._pool = cache(self._made_pool)

    def integer(self, label: str, text: str) -> int:
        """An integer of 256 bits for `text`; other labels give other ones."""
        return int.from_bytes(self._digest(label, text))

    def uuid(self, text: str) -> str:
        """A version 4 UUID for an identifier. Letter case does not matter."""
        return str(UUID(int=self.integer("uuid", text.casefold()) >> 128, version=4))

    def number(self, text: str, fits: Callable[[str], bool] = bool) -> str:
        """A reserved phone number for the digits in `text`, with a plus sign if `text` has one.

        It has the same country if that has reserved numbers for which `fits` holds.
        """
        digits = re.sub(r"\D", "", text)
        with self._lock:
            digest = self._digest("number", digits)
            if digest not in self._numbers:
                self._numbers[digest] = self._unused_number(f"+{digits}", fits)
            number = self._numbers[digest]
        return number if "+" in text else number.removeprefix("+")

    def text(self, text: str) -> str:
        """Made-up words for those of `text`, with the same lengths and capital letters; equal words stay equal.

        UUIDs, phone numbers and addresses in it become others of their kind.
        """
        return _PART.sub(self._part, text)

    def _part(self, found: re.Match[str]) -> str:
        makers: Mapping[str | None, Callable[[str], str]] = {
            "uuid": self.uuid,
            "time": str,
            "email": self._email,
            "address": self._address,
            "number": self.number,
            "word": self._cased_word,
            "digits": self._digits,
        }
        return makers[found.lastgroup](found[0])

    def _email(self, text: str) -> str:
        # RFC 2606 reserves the host.
        return f"{self._word(text.partition('@')[0].casefold())}@example.com"

    def _address(self, text: str) -> str:
        # RFC 5737 reserves the network.
        return f"192.0.2.{self.integer('address', text) % 254 + 1}"

    def _cased_word(self, text: str) -> str:
        word = self._word(text.casefold())
        return "".join(new.upper() if old.isupper() else new for old, new in zip(text, word, strict=False))

    def _made_word(self, text: str) -> str:
        for attempt in range(_TRIES):
            stream = shake_128(self._digest(f"word {attempt}", text)).digest(len(text))
            letters = [(_VOWELS if index % 2 else _CONSONANTS) for index in range(len(text))]
            word = "".join([choices[byte % len(choices)] for choices, byte in zip(letters, stream, strict=True)])
            if word != text:
                return word
        raise AssertionError("every substitute was the text itself")

    def _digits(self, text: str) -> str:
        if len(text) <= _SHORT_DIGITS and text.isascii():
            return f"{self._next_number(len(text))[int(text)]:0{len(text)}}"
        least = 0 if text[0] == "0" else 1
        for attempt in range(_TRIES):
            first, *rest = shake_128(self._digest(f"digits {attempt}", text)).digest(len(text))
            digits = str(least + first % (10 - least)) + "".join(str(byte % 10) for byte in rest)
            if digits != text:
                return digits
        return "0" * len(text)

    def _made_next_number(self, digits: int) -> list[int]:
        """A permutation without fixed points of the numbers with this many digits."""
        order = list(range(10**digits))
        Random(self.integer("digits", str(digits))).shuffle(order)
        following = [0] * len(order)
        for number, after in zip(order, order[1:] + order[:1], strict=True):
            following[number] = after
        return following

    def _unused_number(self, original: str, fits: Callable[[str], bool]) -> str:
        """The next reserved number that fits, is unused, and is not a known original."""
        self._used.add(self._digest("number", original[1:]))
        country = country_of(original) or ""
        for name in dict.fromkeys((country, "", UNASSIGNED.country)):
            pool = self._pool(name)
            while pool is not None and self._numbers_used.get(name, 0) < min(pool.size, 1_000_000_000):
                number = pool[self._numbers_used.get(name, 0)]
                if not fits(number):
                    break
                self._numbers_used[name] = self._numbers_used.get(name, 0) + 1
                digest = self._digest("number", number[1:])
                if digest not in self._used:
                    self._used.add(digest)
                    return number
        number = f"{UNASSIGNED.prefix}{len(self._numbers):09}"
        self._used.add(self._digest("number", number[1:]))
        return number

    def _made_pool(self, country: str) -> NumberPool | None:
        """The pool of a country, or of all countries for ''. None if the country has no reserved numbers."""
        seed = int.from_bytes(self._digest("pool", country)[:8])
        try:
            return number_pool(seed, (country,) if country else None)
        except FixtureError:
            return None

    def _digest(self, label: str, text: str) -> bytes:
        return blake2b(f"{label}\0{text}".encode("utf-8", "surrogatepass"), key=self._key, digest_size=32).digest()
