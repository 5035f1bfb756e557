"""The window that shows the record of a run: what it says as a table, and the parameter files as elastix got them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import qt
from slicer.i18n import tr as _

from .named_texts import NamedTexts, make_window

if TYPE_CHECKING:
    from ElastixPlusLib.record.run_record import RunRecord

WIDTH, HEIGHT = 860, 640
NAME, VALUE = range(2)
NAME_PIXELS = 250


class Section(Protocol):
    """A part of a record in words."""

    title: str
    rows: Sequence[tuple[str, str]]


class RecordDialog:
    """One window for one record at a time; it stays open beside the panel.

    :param parent: the widget that the window belongs to; None for none.
    """

    def __init__(self, parent: Any) -> None:
        self.window = make_window(parent, _("Record of the run"), (WIDTH, HEIGHT))
        self.tabs, self.table, self.parameter_files = qt.QTabWidget(), qt.QTableWidget(), NamedTexts(wraps=False)
        self.table.setColumnCount(2)
        self.table.setHorizontalHeaderLabels([_("What"), _("Value")])
        self.table.setColumnWidth(NAME, NAME_PIXELS)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.verticalHeader().setVisible(False)
        self.table.setWordWrap(True)
        self.tabs.addTab(self.table, _("Record"))
        self.tabs.addTab(self.parameter_files.widget, _("Parameter files"))
        self.close_button = qt.QPushButton(_("Close"))
        self.close_button.connect("clicked(bool)", self.close)
        layout = self.window.layout()
        layout.addWidget(self.tabs)
        layout.addWidget(self.close_button, 0, qt.Qt.AlignRight)

    def open(self, record: RunRecord, name: str, sections: Sequence[Section]) -> None:
        """Show a record.

        :param name: of the result.
        :param sections: what the record says, in words.
        """
        self.window.windowTitle = _("Record of the run: {name}").format(name=name)
        self._show_sections(sections)
        files = record.parameter_files
        self.parameter_files.show([(stage_name(number, one.name), one.text) for number, one in enumerate(files, 1)])
        self.tabs.setTabEnabled(1, bool(files))
        self.tabs.setCurrentIndex(0)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()
        self.table.resizeRowsToContents()

    def close(self, _is_checked: bool = False) -> None:
        """Close the window."""
        self.window.close()

    def _show_sections(self, sections: Sequence[Section]) -> None:
        self.table.clearSpans()
        self.table.setRowCount(sum(1 + len(section.rows) for section in sections))
        row = 0
        for section in sections:
            title = self._put(row, NAME, section.title)
            font = title.font()
            font.setBold(True)
            title.setFont(font)
            self._put(row, VALUE, "")
            self.table.setSpan(row, NAME, 1, 2)
            row += 1
            for name, value in section.rows:
                self._put(row, NAME, name)
                self._put(row, VALUE, value)
                row += 1

    def _put(self, row: int, column: int, text: str) -> Any:
        item = qt.QTableWidgetItem(text)
        item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
        self.table.setItem(row, column, item)
        return item


def stage_name(number: int, file_name: str) -> str:
    """How a parameter file is called in a list."""
    stage = _("Stage {number}").format(number=number)
    return f"{stage}: {file_name}" if file_name else stage
