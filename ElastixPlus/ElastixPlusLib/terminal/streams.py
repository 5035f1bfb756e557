"""Write to the terminal's streams, which may be closed or broken: a lost reader must not cost the run."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..errors import ResultWriteError

# What a terminal obeys instead of showing it, what turns the direction of reading, and what no stream can encode.
_OBEYED = re.compile(
    "\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BROKEN = (OSError, ValueError, AttributeError)  # a broken pipe, a closed stream, no stream at all


def harmless(text: str) -> str:
    r"""A text as any terminal can take it: names of nodes and files, and what elastix prints, may hold commands to it.

    What a terminal would obey is written as JSON writes it, so that JSON still says the same.

    >>> print(harmless("a\x1b[31mb"))
    a\u001b[31mb
    """
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def say(text: str) -> None:
    """Tell the user something on standard error, if anybody listens."""
    with suppress(*_BROKEN):
        sys.stderr.write(harmless(text) + "\n")
        sys.stderr.flush()


def put_out(text: str) -> None:
    """Write a result to standard output; a letter that its encoding does not have becomes a question mark.

    :raises ResultWriteError: it is closed, broken or full.
    """
    try:
        sys.stdout.write(in_encoding(harmless(text), sys.stdout.encoding))
        sys.stdout.flush()
    except _BROKEN as error:
        _forget_output()
        raise ResultWriteError(
            "The account could not be written to standard output.", "Check where it leads, or name a file with --json."
        ) from error


def put_out_json(content: Any) -> None:
    """Write plain data to standard output, in ASCII where that is not known to take all letters, so that none is lost.

    Windows gives a file or a pipe the old code page of the country, in which a reader of JSON would not look.

    :raises ResultWriteError: it is closed, broken or full.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    put_out(json_text(content, in_ascii=not encoding.lower().startswith("utf")))


def json_text(content: Any, in_ascii: bool = False) -> str:
    r"""Plain data as JSON; what no encoding takes, such as half a letter in the name of a file, is escaped.

    >>> json_text({"name": "é"}), json_text("é", in_ascii=True), json_text("\udcff")
    ('{\n  "name": "é"\n}\n', '"\\u00e9"\n', '"\\udcff"\n')
    """
    text = json.dumps(content, indent=2, ensure_ascii=in_ascii) + "\n"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(content, indent=2) + "\n"
    return text


def in_encoding(text: str, encoding: str | None) -> str:
    """A text as it can be written in an encoding.

    >>> in_encoding("12 × 3 → 36", "cp437"), in_encoding("12 × 3 → 36", "utf-8")
    ('12 ? 3 ? 36', '12 × 3 → 36')
    """
    return text.encode(encoding or "ascii", "replace").decode(encoding or "ascii")


@contextmanager
def silenced(is_wanted: bool) -> Iterator[None]:
    """Keep what C++ libraries print themselves off both streams; their errors are told in words by the caller."""
    copies: list[tuple[int, int]] = []
    if is_wanted:
        copies = [(number, os.dup(number)) for number in (1, 2) if _is_open(number)]
    try:
        if copies:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for number, _ in copies:
                os.dup2(nowhere, number)
            os.close(nowhere)
        yield
    finally:
        for number, copy in copies:
            os.dup2(copy, number)
            os.close(copy)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _forget_output() -> None:
    """Lead standard output to nowhere, or Python would fail at it once more when it ends."""
    with suppress(*_BROKEN):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
