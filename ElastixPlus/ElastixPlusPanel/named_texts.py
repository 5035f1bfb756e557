"""Texts that can be read and not changed: their names on the left, the chosen one on the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import qt

NAMES_PIXELS, TEXT_PIXELS = 200, 560
MOST_CHARACTERS = 2_000_000

NamedText = tuple[str, str]


class NamedTexts:
    """A list of names beside a text. Both are shown as they are: nothing in them is taken for markup.

    :param wraps: long lines are broken, as prose needs it; a parameter file keeps its lines.
    """

    def __init__(self, wraps: bool) -> None:
        self.widget = qt.QSplitter(qt.Qt.Horizontal)
        self.names, self.text = qt.QListWidget(), qt.QPlainTextEdit()
        self.text.readOnly = True
        self.text.lineWrapMode = qt.QPlainTextEdit.WidgetWidth if wraps else qt.QPlainTextEdit.NoWrap
        font = qt.QFont("monospace")
        font.setStyleHint(qt.QFont.TypeWriter)
        self.text.setFont(font)
        self.widget.addWidget(self.names)
        self.widget.addWidget(self.text)
        self.widget.setStretchFactor(0, 0)
        self.widget.setStretchFactor(1, 1)
        self.widget.setSizes((NAMES_PIXELS, TEXT_PIXELS))
        self._texts: tuple[NamedText, ...] = ()
        self.names.connect("currentRowChanged(int)", self._show_text)

    def show(self, texts: Sequence[NamedText]) -> None:
        """Show texts in place of those before, the first of them opened.

        :param texts: name and text of each.
        """
        self._texts = ()
        self.names.clear()
        self.text.setPlainText("")
        self._texts = tuple(texts)
        self.names.addItems([name for name, _text in texts])
        if texts:
            self.names.setCurrentRow(0)

    def _show_text(self, row: int) -> None:
        if 0 <= row < len(self._texts):
            self.text.setPlainText(self._texts[row][1][:MOST_CHARACTERS])


def make_window(parent: Any, title: str, size: tuple[int, int]) -> Any:
    """A window of its own with a vertical layout, for a text or a table.

    :param parent: the widget that it belongs to; None for none.
    :param size: width and height in pixels.
    """
    window = qt.QDialog(parent) if parent is not None else qt.QDialog()
    window.windowTitle = title
    window.resize(*size)
    qt.QVBoxLayout(window)
    return window
