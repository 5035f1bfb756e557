"""Text that comes from outside, as it can be written into a web page, a chart or a table."""

from __future__ import annotations

import re

# What neither HTML, XML nor a UTF-8 file can hold or show: control characters and halves of surrogate pairs.
_NOT_SHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def shown_text(text: str) -> str:
    r"""Replace characters that cannot be shown by the replacement character; line ends and tabs stay.

    >>> shown_text("a\x00b\n")
    'a�b\n'
    """
    return _NOT_SHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str) -> str:
    r"""A text of others in one line, with nothing in it that would command a terminal or turn the direction of a line.

    >>> one_line("a\x1b[2J\n b\u202e")
    'a�[2J b�'
    """
    line = " ".join(text.split())
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


def short_label(text: str, length: int = 22) -> str:
    """One line of at most so many characters, for the axis of a chart.

    >>> short_label("left   ventral occipital horn", 12)
    'left ventra…'
    """
    line = " ".join(shown_text(text).split())
    return line if len(line) <= length else line[: length - 1] + "…"
