"""Names that must not be seen, found in whatever way a text writes them.

A name is taken for one word or several; the marks between them do not matter. Words of six letters and more are found
inside of others too, shorter ones only where no letter stands beside them: Eric is no part of "generic". What is in
every log anyway is no name, see :mod:`.harmless_words`, and a word of elastix stays whole.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .folded_text import FoldedText, words_of
from .harmless_words import is_harmless

_FOUND_INSIDE_WORDS = 6
_FEWEST_DIGITS = 4
_FEWEST_DIGITS_OF_A_PART = 5
_LONGEST_PHRASE = 400
_PART = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{3,}(?![a-z])")
_LINE_END = re.compile(r"\r\n?|\n")
_ESCAPES = frozenset("%&\\")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "å": "aa", "ø": "oe"})
# What a name becomes where it is written in one encoding and read in another: UTF-8 on an old Windows, its console.
_MISREAD = (("utf-8", "cp1252"), ("utf-8", "latin-1"), ("utf-8", "cp437"), ("cp1252", "cp850"), ("cp850", "cp1252"))


@dataclass(frozen=True)
class HiddenName:
    """A name, and what stands in for it.

    :param name: as it was given; in no message and no repr.
    :param stand_in: such as "fixed volume".
    :param is_certain: somebody said that it is one: even a single letter then counts, and a word of elastix.
    """

    name: str = field(repr=False)
    stand_in: str
    is_certain: bool = False

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words, folded."""
        return words_of(self.name)

    @cached_property
    def whole(self) -> str:
        """Its words as one."""
        return "".join(self.words)

    @cached_property
    def longest_word(self) -> str:
        """The word of it that the fewest lines have."""
        return max(self.words, key=len)

    @cached_property
    def is_found_anywhere(self) -> bool:
        """Whether letters beside it do not matter."""
        is_long = len(self.whole) >= _FOUND_INSIDE_WORDS and not self.whole.isdigit()
        return is_long or not (self.whole.isascii() or self.is_certain)

    @property
    def tells_something(self) -> bool:
        """Whether it could tell whose data it was: no mere mark or small number, and no word that every log has."""
        words = self.words
        if not words or self.is_certain:
            return bool(words)
        if self.whole.isascii() and len(self.whole) < (_FEWEST_DIGITS if self.whole.isdigit() else 2):
            return False
        return not all(is_harmless(word) for word in words)


def spellings(hidden: HiddenName) -> Iterator[HiddenName]:
    """A name, its parts that could give it away, and what wrong encodings make of it.

    >>> [one.name for one in spellings(HiddenName("MuellerHans_19530402.nrrd", "fixed volume"))]
    ['MuellerHans_19530402.nrrd', 'MuellerHans', '19530402', 'Mueller', 'Hans']
    """
    seen: set[tuple[str, ...]] = set()
    for text in _texts(hidden.name):
        one = HiddenName(text, hidden.stand_in, hidden.is_certain and text == hidden.name)
        if one.words not in seen and one.tells_something:
            seen.add(one.words)
            yield one


def _texts(name: str) -> Iterator[str]:
    if len(name) <= _LONGEST_PHRASE:
        yield name
        if not name.isascii():
            yield from _otherwise_written(name)
    parts = _PART.findall(name)
    for part in parts:
        if len(part) >= (_FEWEST_DIGITS_OF_A_PART if part.isdigit() else 2) or not part.isascii():
            yield part
            if not part.isascii():
                yield from _otherwise_written(part)
    for part in parts:
        yield from (piece for piece in _CAMEL.findall(part) if len(piece) > 2)


def _otherwise_written(name: str) -> Iterator[str]:
    yield name.translate(_UMLAUTS)
    yield re.sub(r"[^\x00-\x7f]", "?", name)
    for written, read in _MISREAD:
        try:
            yield name.encode(written).decode(read)
        except UnicodeError:
            continue


@dataclass(frozen=True)
class Names:
    """Everything that must not be seen, longest first.

    :param hidden: each spelling once.
    :param known_files: names of files that come with ElastixPlus.
    """

    hidden: tuple[HiddenName, ...] = field(default=(), repr=False)
    known_files: frozenset[str] = frozenset()

    @staticmethod
    def of(names: Iterable[HiddenName], known_files: Iterable[str] = ()) -> Names:
        """Collect names; where two are written the same, the first says what stands in for it."""
        found: dict[tuple[str, ...], HiddenName] = {}
        for name in names:
            for one in spellings(name):
                found.setdefault(one.words, one)
        ordered = sorted(found.values(), key=lambda one: -len(one.whole))
        return Names(tuple(ordered), frozenset(known_files))

    def places(self, text: str) -> list[tuple[int, int, HiddenName]]:
        """Where a text shows a name: beginning, end and name, in the order of the text, none on another."""
        found = []
        for start, line, wanted in _lines_to_read(text, self.hidden):
            found += [(start + first, start + end, hidden) for first, end, hidden in _places_in(line, wanted)]
        return found


def _lines_to_read(text: str, hidden: tuple[HiddenName, ...]) -> Iterator[tuple[int, str, list[HiddenName]]]:
    """The lines that a name may stand in, each with where it begins and which names these are.

    A line of plain letters shows a name only with all its words; few do, and to read one takes a while.
    """
    starts = [0, *(found.end() for found in _LINE_END.finditer(text))]
    lines = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    is_plain = [line.isascii() and not _ESCAPES.intersection(line) for line in lines]
    plain = "".join(line if simple else " " * len(line) for line, simple in zip(lines, is_plain, strict=True)).lower()
    wanted: list[list[HiddenName]] = [[] if simple else list(hidden) for simple in is_plain]
    for one in hidden:
        word = one.longest_word
        at = plain.find(word)
        while at >= 0:
            number = bisect_right(starts, at) - 1
            wanted[number].append(one)
            at = plain.find(word, starts[number + 1]) if number + 1 < len(starts) else -1
    return ((start, line, names) for start, line, names in zip(starts, lines, wanted, strict=True) if names)


def _places_in(line: str, wanted: list[HiddenName]) -> list[tuple[int, int, HiddenName]]:
    folded = FoldedText.of(line)
    without_marks = folded.without_marks()
    taken = bytearray(len(line) + 1)
    found = []
    for hidden in wanted:
        is_spread = len(hidden.words) > 1 and hidden.is_found_anywhere
        looked_at, words = (without_marks, hidden.whole) if is_spread else (folded, " ".join(hidden.words))
        for first, last in _occurrences(looked_at, line, words, hidden):
            start, end = looked_at.starts[first], looked_at.ends[last]
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append((start, end, hidden))
    return sorted(found, key=lambda place: place[:2])


def _occurrences(folded: FoldedText, text: str, wanted: str, hidden: HiddenName) -> Iterator[tuple[int, int]]:
    """First and last letter of every place where a name stands."""
    at = folded.text.find(wanted)
    while at >= 0:
        last = at + len(wanted) - 1
        is_alone = hidden.is_found_anywhere or _stands_alone(folded, text, at, last)
        if is_alone and not _is_of_elastix(text, folded, at, last, hidden):
            yield at, last
            at = folded.text.find(wanted, last + 1)
        else:
            at = folded.text.find(wanted, at + 1)


def _stands_alone(folded: FoldedText, text: str, first: int, last: int) -> bool:
    """Whether no letter stands beside a word of letters, and no digit beside one of digits."""
    before = folded.text[first - 1] if first else " "
    behind = folded.text[last + 1] if last + 1 < len(folded.text) else " "
    start, end = folded.starts[first], folded.ends[last]
    is_cut_before = text[start : start + 1].isupper() and text[start - 1 : start].islower()  # as in KneeHans
    is_cut_behind = text[end - 1 : end].islower() and text[end : end + 1].isupper()
    return (is_cut_before or not _belong_together(before, folded.text[first])) and (
        is_cut_behind or not _belong_together(folded.text[last], behind)
    )


def _belong_together(one: str, other: str) -> bool:
    return (one.isalpha() and other.isalpha()) or (one.isdigit() and other.isdigit())


def _is_of_elastix(text: str, folded: FoldedText, first: int, last: int, hidden: HiddenName) -> bool:
    """Whether a place lies inside a single word that is in every log anyway."""
    start, end = folded.starts[first], folded.ends[last]
    while start and text[start - 1].isascii() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isascii() and text[end].isalnum():
        end += 1
    word = text[start:end].lower()
    is_itself = hidden.is_certain and word == hidden.whole
    return word.isalnum() and not is_itself and is_harmless(word)
