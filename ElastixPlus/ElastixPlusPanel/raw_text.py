"""The text of a parameter file in a QPlainTextEdit, coloured; only what has changed is touched.

Lines get their formats through a text cursor when typing stops. A QSyntaxHighlighter made in Python would be called at
every key, and whether it works at all depends on the version of PythonQt. The undo of the document is off, as the
editor has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import qt

from .text_colors import Mark, line_spans, text_formats

Item = TypeVar("Item")


class RawText:
    """Binds a QPlainTextEdit to a text.

    :param text_edit: the widget, with its own undo switched off.
    :param on_typed: gets the whole text whenever the user has changed it, with the line ends it had.
    """

    def __init__(self, text_edit: Any, on_typed: Callable[[str], None]) -> None:
        self._text_edit, self._on_typed = text_edit, on_typed
        self._text, self._seen, self._owner = "", "", object()
        self._colored: list[tuple[str, Mark]] = []
        self._touched: tuple[int, int] | None = None  # from where on, and how far from the end, in Qt's characters
        self._is_showing = False
        font = qt.QFont("monospace")
        font.setStyleHint(qt.QFont.TypeWriter)
        text_edit.setFont(font)
        self._formats = text_formats(text_edit.palette)
        text_edit.connect("textChanged()", self._typed)
        self._document = text_edit.document()
        self._document.connect("contentsChange(int,int,int)", self._touch)

    def show(self, text: str, owner: object) -> bool:
        """Show a text; cursor and view stay where they are.

        :param owner: whose text it is; that of another one is shown from its beginning.
        :returns: whether it is that of another one, which has no colours yet.
        """
        if owner == self._owner and text == self._text:
            return False
        is_same, self._owner, self._text = owner == self._owner, owner, text
        shown = text.replace("\r\n", "\n").replace("\r", "\n")
        self._is_showing = True
        try:
            if is_same:
                self._replace_difference(shown)
            else:
                self._text_edit.setPlainText(shown)
                self._colored, self._touched = [], None
        finally:
            self._is_showing = False
        self._seen = str(self._text_edit.plainText)
        return not is_same

    def color(self, marks: Mapping[int, Mark]) -> None:
        """Colour the lines that have changed since the last time, or whose mark has.

        :param marks: how bad the worst is that was found in a line, by its number from 1 on.
        """
        lines: list[tuple[str, Mark]] = [
            (line, marks.get(number, "")) for number, line in enumerate(self._seen.split("\n"), start=1)
        ]
        begin, end = self._uncolored(lines)
        place = sum(_units(line) + 1 for line, _ in lines[:begin])
        cursor = self._text_edit.textCursor()  # a copy: the visible one stays
        self._is_showing = True
        try:
            cursor.beginEditBlock()
            for line, mark in lines[begin:end]:
                self._color_line(cursor, place, line, mark)
                place += _units(line) + 1
            cursor.endEditBlock()
        finally:
            self._is_showing = False
        self._colored, self._touched = lines, None

    @property
    def line_number(self) -> int:
        """The line that the cursor is in, from 1 on."""
        return int(self._text_edit.textCursor().blockNumber()) + 1

    def go_to_line(self, number: int) -> None:
        """Select a line and let what is typed go there.

        :param number: from 1 on; beyond the end stands for the last line.
        """
        lines = self._seen.split("\n")
        number = min(max(number, 1), len(lines))
        cursor = self._text_edit.textCursor()
        cursor.setPosition(sum(_units(line) + 1 for line in lines[: number - 1]))
        cursor.movePosition(qt.QTextCursor.EndOfBlock, qt.QTextCursor.KeepAnchor)
        self._text_edit.setTextCursor(cursor)
        self._text_edit.ensureCursorVisible()
        self._text_edit.setFocus()

    def _uncolored(self, lines: Sequence[tuple[str, Mark]]) -> tuple[int, int]:
        """The lines to colour, as (begin, end): those that differ, and all that were typed or pasted over.

        What is pasted has the look of its surroundings, also where it says the same as before.
        """
        begin, end = _difference(self._colored, lines)
        if self._touched is not None:
            front, back = self._touched
            units = self._seen.encode("utf-16-le", "surrogatepass")
            begin = min(begin, units[: 2 * front].decode("utf-16-le", "replace").count("\n"))
            behind = units[len(units) - 2 * back :] if back else b""
            end = max(end, len(lines) - behind.decode("utf-16-le", "replace").count("\n"))
        return begin, min(end, len(lines))

    def _color_line(self, cursor: Any, place: int, line: str, mark: Mark) -> None:
        self._set_format(cursor, place, place + _units(line), self._formats["plain"])
        for span in line_spans(line, mark):
            begin, end = _units(line[: span.start]), _units(line[: span.end])
            self._set_format(cursor, place + begin, place + end, self._formats[span.part])

    def _set_format(self, cursor: Any, begin: int, end: int, text_format: Any) -> None:
        cursor.setPosition(begin)
        cursor.setPosition(end, qt.QTextCursor.KeepAnchor)
        cursor.setCharFormat(text_format)

    def _replace_difference(self, shown: str) -> None:
        begin, end = _difference(self._seen, shown)
        old_end = len(self._seen) - (len(shown) - end)
        cursor = self._text_edit.textCursor()
        cursor.setPosition(_units(self._seen[:begin]))
        cursor.setPosition(_units(self._seen[:old_end]), qt.QTextCursor.KeepAnchor)
        cursor.insertText(shown[begin:end])

    def _touch(self, place: int, _removed: int, added: int) -> None:
        """A slot of every change of the document: where it was, and how many characters came."""
        if self._is_showing:
            return
        back = max(_units(str(self._text_edit.plainText)) - place - added, 0)
        front, before = self._touched or (place, back)
        self._touched = min(front, place), min(before, back)

    def _typed(self) -> None:
        """A slot of every change of the document, of formats, too."""
        if self._is_showing:
            return
        seen = str(self._text_edit.plainText)
        if seen == self._seen:
            return
        self._seen = seen
        self._text = seen.replace("\n", "\r\n") if "\r\n" in self._text else seen
        self._on_typed(self._text)


def _difference(old: Sequence[Item], new: Sequence[Item]) -> tuple[int, int]:
    """The part of a sequence that is not in the old one, as (begin, end) in the new one."""
    shorter = min(len(old), len(new))
    begin = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    behind = 0
    while behind < shorter - begin and old[len(old) - 1 - behind] == new[len(new) - 1 - behind]:
        behind += 1
    return begin, len(new) - behind


def _units(text: str) -> int:
    """How many characters Qt counts: some of Python's are two of them."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
