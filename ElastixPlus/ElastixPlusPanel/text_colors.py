"""The colours of a parameter file: which part of a line is what, and how it looks on a bright or a dark background."""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass
from typing import Any, Literal

import qt

from ElastixPlusLib.elastix.parameter_syntax import SyntaxFault, read_line

Part = Literal["plain", "comment", "name", "value", "doubtful", "wrong"]
Mark = Literal["", "note", "warning", "error"]

_RED, _BLUE, _ORANGE = 0.0, 0.6, 0.09
_ON_DARK, _ON_BRIGHT = 0.72, 0.36  # lightness that is readable there
_DARK_BELOW = 128
_SATURATION = 0.75


@dataclass(frozen=True)
class Span:
    """A part of a line.

    :param start: the first character, from 0 on.
    :param end: the first one behind it.
    :param part: what it is.
    """

    start: int
    end: int
    part: Part


def line_spans(line: str, mark: Mark = "") -> tuple[Span, ...]:
    """The parts of one line of a parameter file.

    :param line: without its line end.
    :param mark: how bad the worst is that was found in it.

    >>> [(span.part, span.end) for span in line_spans('(Metric "X") // x')]
    [('name', 7), ('value', 11), ('comment', 17)]
    """
    statement = line.split("//", 1)[0]
    comment = (Span(len(statement), len(line), "comment"),) if len(statement) < len(line) else ()
    start = len(statement) - len(statement.lstrip())
    if mark in ("error", "warning") or not _is_readable(line):
        part: Part = "doubtful" if mark == "warning" else "wrong"
        return (*_span(start, len(statement.rstrip()), part), *comment)
    name = re.match(r"\s*\(([^\s\")]+)", statement)
    closing = statement.rfind(")")
    if name is None or closing < 0:
        return comment
    blanks = len(statement[name.end() : closing]) - len(statement[name.end() : closing].lstrip())
    return (
        Span(name.start(1), name.end(1), "name"),
        *_span(name.end() + blanks, closing, "value"),
        *comment,
    )


def _span(start: int, end: int, part: Part) -> tuple[Span, ...]:
    return (Span(start, end, part),) if start < end else ()


def _is_readable(line: str) -> bool:
    try:
        read_line(line)
    except SyntaxFault:
        return False
    return True


def text_formats(palette: Any) -> dict[Part, Any]:
    """How each part looks, as a QTextCharFormat: not by its colour alone, and readable on dark themes.

    :param palette: the QPalette of the widget.
    """
    plain = palette.color(qt.QPalette.Text)
    is_dark = palette.color(qt.QPalette.Base).lightness() < _DARK_BELOW
    lightness = _ON_DARK if is_dark else _ON_BRIGHT
    return {
        "plain": _format(plain),
        "comment": _format(_between(plain, palette.color(qt.QPalette.Base)), italic=True),
        "name": _format(plain, bold=True),
        "value": _format(_color(_BLUE, lightness)),
        "doubtful": _format(_color(_ORANGE, lightness), underlined=True),
        "wrong": _format(_color(_RED, lightness), underlined=True),
    }


def _format(color: Any, bold: bool = False, italic: bool = False, underlined: bool = False) -> Any:
    made = qt.QTextCharFormat()
    made.setForeground(qt.QBrush(color))
    if bold:
        made.setFontWeight(qt.QFont.Bold)
    made.setFontItalic(italic)
    made.setFontUnderline(underlined)
    return made


def _color(hue: float, lightness: float) -> Any:
    return qt.QColor(*(round(255 * part) for part in colorsys.hls_to_rgb(hue, lightness, _SATURATION)))


def _between(text: Any, base: Any) -> Any:
    """A colour that stands back from the text: two thirds of the way to it from the background."""
    pairs = ((text.red(), base.red()), (text.green(), base.green()), (text.blue(), base.blue()))
    return qt.QColor(*(round((2 * one + other) / 3) for one, other in pairs))
