"""The table of what an evaluation has found: what was looked at, its value, and how that stands to the tolerance."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from ElastixPlusLib.accuracy.tolerance import Statement

WHAT, VALUE = range(2)
ICONS = {
    "within": "check.png",
    "outside": "warning.png",
    "not assessed": "not_assessed.png",
    "reported": "reported.png",
}
# The library's words for what a statement is about; a test looks whether they are still those.
ROLE_OF_WORDS = {"at check landmarks": "check", "at driving landmarks": "drive"}


class EvaluationTable:
    """Shows statements in a QTableWidget; the whole sentence of one is shown below when it is clicked.

    :param table: the widget.
    :param icons: the folder of the icons.
    :param on_clicked: is told the statement that was clicked.
    """

    def __init__(self, table: Any, icons: Path, on_clicked: Callable[[Statement], None]) -> None:
        self._table, self._on_clicked = table, on_clicked
        self._icons = {standing: qt.QIcon(str(icons / name)) for standing, name in ICONS.items()}
        self._statements: tuple[Statement, ...] = ()
        table.setColumnCount(2)
        table.setHorizontalHeaderLabels([_("What"), _("Value")])
        table.horizontalHeader().setSectionResizeMode(qt.QHeaderView.Stretch)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        table.connect("cellClicked(int,int)", self._clicked)

    def show_statements(self, statements: Sequence[Statement]) -> None:
        """Show statements in place of those before."""
        self._statements = tuple(statements)
        self._table.clearSelection()
        self._table.setRowCount(len(statements))
        for number, statement in enumerate(statements):
            for column, text in enumerate((statement.quantity, value_text(statement))):
                item = qt.QTableWidgetItem(text)
                item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
                item.setToolTip(f"<p>{html.escape(statement.text)}</p>")  # as rich text it is wrapped
                if column == WHAT:
                    item.setIcon(self._icons[statement.standing])
                self._table.setItem(number, column, item)

    def _clicked(self, row: int, _column: int) -> None:
        if 0 <= row < len(self._statements):
            self._on_clicked(self._statements[row])


def value_text(statement: Statement) -> str:
    """The value, and below it how it stands to the tolerance."""
    standing = {
        "within": _("within the tolerance used"),
        "outside": _("outside the tolerance used"),
        "not assessed": _("not assessed"),
        "reported": _("reported, not graded"),
    }[statement.standing]
    return f"{statement.value}\n{standing}" if statement.value else standing


def role_of(statement: Statement) -> str:
    """The role of the landmarks that a statement is about, "check" or "drive"; empty for anything else."""
    return next((role for words, role in ROLE_OF_WORDS.items() if words in statement.quantity), "")
