"""Finds the texts of a column that contain a string."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from pyroaring import BitMap

_GRAM = 3
_OFFSETS = 32
_BATCH = 1 << 16
"""How many texts are indexed at a time: as many as a bitmap keeps in one container."""

_NOWHERE = BitMap()


class ScannedTexts:
    """Texts to scan: fastest for few."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    def longer(self, texts: Sequence[str]) -> ScannedTexts:
        """The same for `texts`, which begin with these."""
        return ScannedTexts(texts)

    def matching(self, wanted: str) -> BitMap:
        """The positions of the texts that contain `wanted`."""
        return BitMap([position for position, text in enumerate(self._texts) if wanted in text])


class TextIndex:
    """Texts indexed by their trigrams and the positions of the trigrams.

    There is a bitmap of texts for each trigram at each position. A search splits the wanted string into trigrams and
    intersects their bitmaps at consecutive positions. Without positions, too many texts would remain to be read: a
    tenth of all for +9995 among numbers that start with it, all for +999.

    Positions are counted modulo 32, so matches in longer texts are verified by reading them. Texts before `start` are
    left out.
    """

    def __init__(self, texts: Sequence[str], start: int = 0) -> None:
        self._texts = texts
        self._grams: list[dict[str, BitMap]] = [{} for _ in range(_OFFSETS)]
        self._short: dict[str, BitMap] = {}
        self._long = BitMap()
        for first in range(start, len(texts), _BATCH):
            self._add(first)
        self._shorten()

    def longer(self, texts: Sequence[str]) -> TextIndex:
        """An index of `texts`, which begin with those of this one."""
        index = TextIndex(texts, len(self._texts))
        index._grams = [_joined(before, added) for before, added in zip(self._grams, index._grams, strict=True)]
        index._short = _joined(self._short, index._short)
        index._long |= self._long
        return index

    def matching(self, wanted: str) -> BitMap:
        """The positions of the texts that contain `wanted`, which is not empty. Do not modify it."""
        if len(wanted) < _GRAM:
            return self._short.get(wanted, _NOWHERE)
        last = len(wanted) - _GRAM
        cuts = [*range(0, last, _GRAM), last]
        found = BitMap()
        for offset in range(_OFFSETS):
            found |= self._all_at(offset, wanted, cuts)
        unsure = found & self._long
        if unsure:
            found -= BitMap([position for position in unsure if wanted not in self._texts[position]])
        return found

    def _all_at(self, offset: int, wanted: str, cuts: list[int]) -> BitMap:
        """The texts that have all trigrams of `wanted` from `offset` on."""
        found: BitMap | None = None
        for cut in cuts:
            bitmap = self._grams[(offset + cut) % _OFFSETS].get(wanted[cut : cut + _GRAM], _NOWHERE)
            found = bitmap if found is None else found & bitmap
            if not found:
                break
        return found or _NOWHERE

    def _add(self, start: int) -> None:
        tables: list[defaultdict[str, list[int]]] = [defaultdict(list) for _ in range(_OFFSETS)]
        for text, positions in _alike(self._texts[start : start + _BATCH], start):
            for offset in range(len(text)):
                tables[offset % _OFFSETS][text[offset : offset + _GRAM]] += positions
            if len(text) > _OFFSETS:
                self._long.update(positions)
        for bitmaps, table in zip(self._grams, tables, strict=True):
            for gram, positions in table.items():
                if gram in bitmaps:
                    bitmaps[gram].update(positions)
                else:
                    bitmaps[gram] = BitMap(positions)

    def _shorten(self) -> None:
        """Index single characters and pairs: a trigram begins at every position, and the last ones are shorter."""
        for bitmaps in self._grams:
            for gram, bitmap in bitmaps.items():
                bitmap.run_optimize()
                for short in {gram[:1], gram[:2]}:
                    if short in self._short:
                        self._short[short] |= bitmap
                    else:
                        self._short[short] = bitmap.copy()


def _joined(before: dict[str, BitMap], added: dict[str, BitMap]) -> dict[str, BitMap]:
    both = {text: before[text] | bitmap if text in before else bitmap for text, bitmap in added.items()}
    return before | both


def _alike(texts: Sequence[str], start: int) -> Iterator[tuple[str, list[int]]]:
    """Each distinct text with its positions; the first of all is at `start`."""
    positions: defaultdict[str, list[int]] = defaultdict(list)
    for position, text in enumerate(texts, start):
        positions[text].append(position)
    return iter(positions.items())
