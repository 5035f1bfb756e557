"""The table of landmark pairs: label, role, distance before and after, and a mark where something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import qt
from slicer.i18n import tr as _

from ElastixPlusLib.guidance.pair_rows import PairRow, Trouble

from .preset_text import rich

LABEL, ROLE, BEFORE, AFTER = range(4)
ROW_HEIGHT_PIXELS = 22


class LandmarkTable:
    """Shows landmark pairs in a QTableWidget.

    :param table: the widget.
    :param warning_icon: the mark of a pair that cannot be used as it is, or does not agree with the others.
    :param on_clicked: is told the number of the row that was clicked on.
    :param on_role: is told the row and whether it only checks, when the user changes its role.
    """

    def __init__(
        self, table: Any, warning_icon: Any, on_clicked: Callable[[int], None], on_role: Callable[[int, bool], None]
    ) -> None:
        self._table, self._warning_icon, self._no_icon = table, warning_icon, qt.QIcon()
        self._on_clicked, self._on_role = on_clicked, on_role
        self._is_showing = False
        self._rows: Sequence[PairRow] = ()
        self._doubts: Mapping[str, str] = {}
        table.setColumnCount(4)
        table.setHorizontalHeaderLabels([_("Pair"), _("Role"), _("Before (mm)"), _("After (mm)")])
        header = table.horizontalHeader()
        header.setSectionResizeMode(qt.QHeaderView.Stretch)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT_PIXELS)
        table.connect("cellClicked(int,int)", self._clicked)
        table.connect("cellChanged(int,int)", self._changed)

    def show_rows(self, rows: Sequence[PairRow]) -> None:
        """Show pairs; the row that was selected stays selected."""
        self._rows = rows
        self._is_showing = True
        try:
            if self._table.rowCount != len(rows):
                self._table.setRowCount(len(rows))
            for number, row in enumerate(rows):
                self._show_row(number, row)
        finally:
            self._is_showing = False

    def show_doubts(self, doubts: Mapping[str, str]) -> None:
        """Mark the pairs that do not agree with the others.

        :param doubts: a sentence for each of them, by its label.
        """
        if doubts != self._doubts:
            self._doubts = dict(doubts)
            self.show_rows(self._rows)

    def selected(self) -> int:
        """The number of the selected row; -1 if there is none."""
        return int(self._table.currentRow())

    def _show_row(self, number: int, row: PairRow) -> None:
        label = self._item(number, LABEL)
        label.setText(row.label)
        reasons = [trouble_text(trouble) for trouble in row.troubles] or [self._doubts.get(row.label, "")]
        label.setIcon(self._warning_icon if any(reasons) else self._no_icon)
        label.setToolTip(rich("\n".join(reasons) or _("Click to see the pair.")))  # with labels of others in it
        role = self._item(number, ROLE)
        role.setText(_("check") if row.checks else _("drive"))
        role.setCheckState(qt.Qt.Checked if row.checks else qt.Qt.Unchecked)
        role.setToolTip(_("Tick a pair that only measures the result and does not pull."))
        self._item(number, BEFORE).setText(distance_text(row.before_mm))
        self._item(number, AFTER).setText(distance_text(row.after_mm))

    def _item(self, number: int, column: int) -> Any:
        item = self._table.item(number, column)
        if item is None:
            item = qt.QTableWidgetItem()
            flags = qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable
            item.setFlags(flags | qt.Qt.ItemIsUserCheckable if column == ROLE else flags)
            if column in (BEFORE, AFTER):
                item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
            self._table.setItem(number, column, item)
        return item

    def _clicked(self, row: int, column: int) -> None:
        if column != ROLE:
            self._on_clicked(row)

    def _changed(self, row: int, column: int) -> None:
        if column == ROLE and not self._is_showing:
            self._on_role(row, self._table.item(row, ROLE).checkState() == qt.Qt.Checked)


def distance_text(distance_mm: float | None) -> str:
    """A distance in millimetres with one decimal; a dash where there is none."""
    return "–" if distance_mm is None else f"{distance_mm:.1f}"


def trouble_text(trouble: Trouble) -> str:
    """What is wrong with a pair, as a sentence."""
    return {
        Trouble.NO_FIXED: _("The fixed list has no landmark of this label."),
        Trouble.NO_MOVING: _("The moving list has no landmark of this label."),
        Trouble.FIXED_NOT_PLACED: _("The fixed landmark is not placed yet."),
        Trouble.MOVING_NOT_PLACED: _("The moving landmark is not placed yet."),
        Trouble.LABEL_TWICE: _("This label occurs twice in a list."),
        Trouble.FIXED_OUTSIDE: _("The fixed landmark lies outside the fixed volume."),
        Trouble.MOVING_OUTSIDE: _("The moving landmark lies outside the moving volume."),
    }[trouble]
