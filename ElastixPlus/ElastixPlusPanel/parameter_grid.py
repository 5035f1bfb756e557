"""The parameters of a stage that matter in a table: name in words, value, unit; what there is to choose in a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ctk
import qt
from slicer.i18n import tr as _

from ElastixPlusLib.presets.parameter_table import ParameterRow, choice_text

TITLE, VALUE, UNIT = range(3)
ROW_HEIGHT_PIXELS = 24

OnChanged = Callable[[ParameterRow, str], None]


class ChoiceCell:
    """A list of choices in a cell of the table.

    :param row: the parameter.
    :param on_changed: gets the row and the word that was chosen; an empty one for elastix's default.
    """

    def __init__(self, row: ParameterRow, on_changed: OnChanged) -> None:
        self._row, self._on_changed = row, on_changed
        self.combo_box = ctk.ctkComboBox()
        self.combo_box.scrollWheelEffect = ctk.ctkComboBox.ScrollWithFocus  # else scrolling the table changes values
        self.combo_box.addItem(default_text(row), "")
        words = dict.fromkeys((*row.choices, *row.values))
        for word in words:
            self.combo_box.addItem(choice_text(word), word)
        self.show(row)
        self.combo_box.connect("activated(int)", self._chosen)

    def show(self, row: ParameterRow) -> None:
        """Show the value of the parameter."""
        self._row = row
        self.combo_box.currentIndex = max(self.combo_box.findData(row.values[0] if row.values else ""), 0)
        self.combo_box.toolTip = tool_tip(row)

    def _chosen(self, index: int) -> None:
        self._on_changed(self._row, str(self.combo_box.itemData(index)))


class ParameterGrid:
    """Shows the parameters of a stage in a QTableWidget.

    :param table: the widget.
    :param help_label: a QLabel that says more about the chosen row, for those without a mouse.
    :param on_changed: gets the row and what was typed or chosen.
    """

    def __init__(self, table: Any, help_label: Any, on_changed: OnChanged) -> None:
        self._table, self._help_label, self._on_changed = table, help_label, on_changed
        self._rows: tuple[ParameterRow, ...] = ()
        self._choices: dict[int, ChoiceCell] = {}
        self._is_showing = False
        table.setColumnCount(3)
        table.setHorizontalHeaderLabels([_("Parameter"), _("Value"), _("Unit")])
        table.horizontalHeader().setSectionResizeMode(TITLE, qt.QHeaderView.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(VALUE, qt.QHeaderView.Stretch)
        table.horizontalHeader().setSectionResizeMode(UNIT, qt.QHeaderView.ResizeToContents)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT_PIXELS)
        table.connect("cellChanged(int,int)", self._changed)
        table.connect("currentCellChanged(int,int,int,int)", self._show_help)

    def show(self, rows: Sequence[ParameterRow]) -> None:
        """Show the parameters; the chosen cell stays chosen."""
        self._is_showing = True
        try:
            if [_shape(row) for row in rows] != [_shape(row) for row in self._rows]:
                self._lay_out(rows)
            self._rows = tuple(rows)
            for number, row in enumerate(rows):
                self._show_row(number, row)
        finally:
            self._is_showing = False
        self._show_help(int(self._table.currentRow()))

    def finish_typing(self) -> None:
        """Take what is being typed in a cell, as leaving the cell does."""
        row, column = int(self._table.currentRow()), int(self._table.currentColumn())
        if row >= 0:
            self._table.setCurrentCell(row, UNIT if column != UNIT else TITLE)
            self._table.setCurrentCell(row, column)

    def _lay_out(self, rows: Sequence[ParameterRow]) -> None:
        chosen = int(self._table.currentRow())
        name = self._rows[chosen].name if 0 <= chosen < len(self._rows) else ""
        self._table.setRowCount(0)
        self._table.setRowCount(len(rows))
        self._choices = {}
        for number, row in enumerate(rows):
            for column in (TITLE, VALUE, UNIT):
                item = qt.QTableWidgetItem()
                flags = qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable
                is_typed = column == VALUE and not has_choices(row)
                item.setFlags(flags | qt.Qt.ItemIsEditable if is_typed else flags)
                self._table.setItem(number, column, item)
            if has_choices(row):
                self._choices[number] = ChoiceCell(row, self._on_changed)
                self._table.setCellWidget(number, VALUE, self._choices[number].combo_box)
        names = [row.name for row in rows]
        self._table.setCurrentCell(names.index(name) if name in names else 0, VALUE)

    def _show_row(self, number: int, row: ParameterRow) -> None:
        cells = [self._table.item(number, column) for column in (TITLE, VALUE, UNIT)]
        cells[TITLE].setText(row.title)
        cells[UNIT].setText(row.unit)
        for cell in cells:
            cell.setToolTip(tool_tip(row))
        if number in self._choices:
            self._choices[number].show(row)
            return
        is_default = not row.values
        cells[VALUE].setText(default_text(row) if is_default else row.text)
        palette = self._table.palette
        group = qt.QPalette.Disabled if is_default else qt.QPalette.Active
        cells[VALUE].setForeground(qt.QBrush(palette.color(group, qt.QPalette.Text)))

    def _changed(self, number: int, column: int) -> None:
        if self._is_showing or column != VALUE:
            return
        row = self._rows[number]
        text = str(self._table.item(number, VALUE).text())
        if text.strip() == default_text(row):
            text = ""
        self._on_changed(row, text)

    def _show_help(self, number: int, *_others: int) -> None:
        row = self._rows[number] if 0 <= number < len(self._rows) else None
        self._help_label.text = tool_tip(row) if row is not None else ""


def has_choices(row: ParameterRow) -> bool:
    """Whether a parameter is shown as a list of choices: it takes one of a few words."""
    return bool(row.choices) and len(row.values) <= 1


def default_text(row: ParameterRow) -> str:
    """What stands in the table where the file says nothing."""
    return _("{value} (default)").format(value=choice_text(row.default)) if row.default else _("(not given)")


def tool_tip(row: ParameterRow) -> str:
    """The help of a parameter, with how many values it takes and its name in the file."""
    counts = {
        "resolution": _("One value, or one for each resolution."),
        "axis": _("One value, or one for each axis."),
        "metric": _("One value, or one for each metric."),
        "resolution*axis": _("One value for each axis of each resolution."),
    }
    texts = [row.help, counts.get(row.per, ""), _("In the file: {name}.").format(name=row.name)]
    return " ".join(text for text in texts if text)


def _shape(row: ParameterRow) -> tuple[str, bool, tuple[str, ...]]:
    """What a row of the table is built for."""
    foreign = tuple(value for value in row.values if value not in row.choices)
    return row.name, has_choices(row), (*row.choices, *foreign) if has_choices(row) else ()
