"""A support bundle as one file, which is not written while a name is seen in it."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from ..elastix.whole_file import whole_file
from ..errors import ResultWriteError
from .bundle_contents import Bundle, BundleFile, bundle_contents, collect_bundle
from .bundle_guide import GUIDE_FILE
from .harmless_words import is_harmless
from .hidden_names import HiddenName, Names

__all__ = [
    "Bundle",
    "BundleFile",
    "NameLeftError",
    "bundle_contents",
    "collect_bundle",
    "left_over_names",
    "write_bundle",
]

_LONGEST = 64_000_000
_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
_ORDINARY_FILE = 0o100644 << 16
_FOUND_INSIDE_WORDS = 6
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_ANY_WORD = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[A-Za-z0-9]+")


class NameLeftError(ResultWriteError):
    """A file of a bundle still shows a name, so that nothing is written.

    :param file: which one.
    """

    def __init__(self, file: str) -> None:
        super().__init__(
            f"A name could not be taken out of {file}, so no bundle was written.",
            "Post the other texts by hand, and report this as a fault of ElastixPlus.",
        )
        self.file = file


def left_over_names(contents: Sequence[BundleFile], names: Names) -> tuple[tuple[str, HiddenName], ...]:
    """Look for names once more, in a plain way of its own: each as it was given, and each of its words.

    :returns: file and name of what was found; the guide to the bundle holds nothing of the run and is passed over.

    >>> names = Names.of([HiddenName("Hans", "fixed volume")])
    >>> [file for file, _ in left_over_names([BundleFile("a", "HANS."), BundleFile("b", "Hansen")], names)]
    ['a']
    """
    found = []
    for file in contents:
        readings = _readings(f"{file.name}\n{file.text}") if file.name != GUIDE_FILE else ()
        shown = [(plain, _words_in(plain)) for plain in map(_plain, readings)]
        for one in names.hidden:
            if any(_may_show(words, one) and _shows(text, one) for text, words in shown):
                found.append((file.name, one))
    return tuple(found)


def write_bundle(contents: Sequence[BundleFile], path: Path, names: Names) -> None:
    """Write a bundle as one zip file: all of it or nothing, the same bytes for the same contents.

    :param names: what must not be seen in it, of :class:`.Bundle`.
    :raises NameLeftError: a name is seen; nothing is written.
    :raises ResultWriteError: it cannot be written.
    """
    if left := left_over_names(contents, names):
        raise NameLeftError(left[0][0])
    if sum(len(file.text) for file in contents) > _LONGEST:
        raise ResultWriteError("The bundle has more than 64 MB of text.", "Remove logs from the folder of the run.")
    try:
        with whole_file(path) as partial, zipfile.ZipFile(partial, "w") as archive:
            for file in contents:
                entry = zipfile.ZipInfo(file.name, _DAY_OF_ZIP)
                entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _ORDINARY_FILE, 3
                archive.writestr(entry, file.text.encode("utf-8", errors="replace"), compresslevel=9)
    except OSError as error:
        raise ResultWriteError(
            f"The bundle could not be written to {path}: {error.strerror or error}.", "Choose another place."
        ) from error


def _readings(text: str) -> Iterator[str]:
    """A text as it is, and with what JSON and addresses make of letters taken back."""
    yield text
    if "\\u" in text:
        units = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        yield units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "%" in text:
        yield unquote(text)


@lru_cache(maxsize=8192)
def _plain_name(name: str) -> str:
    return _plain(name).strip()


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _words_in(text: str) -> str:
    """Each word with a letter once; short where a text is long, as numbers are no words."""
    return "\n".join({word for word in _ANY_WORD.findall(text) if not word.isdigit()})


def _may_show(words: str, hidden: HiddenName) -> bool:
    """A quick look whether all words of a name are there."""
    return all(word in words for word in _ANY_WORD.findall(_plain_name(hidden.name)) if not word.isdigit())


def _shows(text: str, hidden: HiddenName) -> bool:
    """Whether a name stands in a text; where it is short, with no letter or digit beside it."""
    name = _plain_name(hidden.name)
    at = text.find(name) if name else -1
    while at >= 0:
        end = at + len(name)
        around = text[at - 1 : at] + text[end : end + 1]
        stands_alone = not any(letter.isalnum() or (letter == "." and name.isdigit()) for letter in around)
        is_long = len("".join(filter(str.isalnum, name))) >= _FOUND_INSIDE_WORDS and not name.isdigit()
        if (stands_alone or is_long) and not _is_part_of_harmless(text, at, end, hidden):
            return True
        at = text.find(name, at + 1)
    return False


def _is_part_of_harmless(text: str, at: int, end: int, hidden: HiddenName) -> bool:
    while at and _WORD.fullmatch(text[at - 1]):
        at -= 1
    while end < len(text) and _WORD.fullmatch(text[end]):
        end += 1
    return bool(_WORD.fullmatch(text[at:end])) and is_harmless(text[at:end]) and not hidden.is_certain
