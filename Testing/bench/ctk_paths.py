"""Stand-ins of the widgets of CTK that choose a file or a folder."""

from __future__ import annotations

import os
from typing import Any

from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QPushButton, QToolButton, QWidget

from .signals import PythonSignal
from .stand_in import stand_in


@stand_in(
    "setCurrentPath",
    filters=24663,
    nameFilters=(),
    settingKey="",
    label="",
    showBrowseButton=True,
    showHistoryButton=True,
    sizeAdjustPolicy=2,
    minimumContentsLength=0,
    options=0,
    currentPath="",
)
class ctkPathLineEdit(QWidget):
    """A line with a path, its history and a button to browse."""

    Dirs, Files, Drives, NoSymLinks, AllEntries = 0x001, 0x002, 0x004, 0x008, 0x007
    Readable, Writable, Executable, Modified, Hidden, System = 0x010, 0x020, 0x040, 0x080, 0x100, 0x200
    AllDirs, CaseSensitive, NoDot, NoDotDot, NoDotAndDotDot = 0x400, 0x800, 0x2000, 0x4000, 0x6000

    currentPathChanged = PythonSignal("currentPathChanged(QString)")
    validInputChanged = PythonSignal("validInputChanged(bool)")

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._was_valid = False
        self._line: Any = QComboBox()
        self._line.setEditable(True)
        self._line.setSizeAdjustPolicy(QComboBox.AdjustToMinimumContentsLengthWithIcon)
        self._browse_button: Any = QToolButton()
        self._browse_button.text = "..."
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._line, 1)
        row.addWidget(self._browse_button)
        self._line.connect("editTextChanged(QString)", self.setCurrentPath)
        self._browse_button.connect("clicked()", self.browse)

    def _on_currentPath(self, path: str) -> None:
        if self._line.currentText != path:
            self._line.setEditText(path)
        valid = bool(path.strip())
        if valid:  # clearing the line tells nobody but those who listen to validInputChanged
            self.currentPathChanged(path)
        if valid != self._was_valid:
            self._was_valid = valid
            self.validInputChanged(valid)

    def _on_showBrowseButton(self, shown: bool) -> None:
        self._browse_button.setVisible(shown)

    def browse(self) -> None:
        if self.filters & (self.Dirs | self.Files) == self.Dirs:
            path = QFileDialog.getExistingDirectory(self, "Select a directory", self.currentPath)
        else:
            path = QFileDialog.getOpenFileName(self, "Select a file", self.currentPath, ";;".join(self.nameFilters))
        if path:
            self.currentPath = path

    def addCurrentPathToHistory(self) -> None:
        path = self.currentPath
        if path and self._line.findText(path) < 0:
            self._line.insertItem(0, path)
            self._line.setCurrentIndex(0)


@stand_in(caption="", acceptMode=0, text="")
class ctkDirectoryButton(QWidget):
    """A button that shows a folder and chooses another."""

    directoryChanged = PythonSignal("directoryChanged(QString)")
    directorySelected = PythonSignal("directorySelected(QString)")

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._directory = "."
        self._button: Any = QPushButton(".")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._button)
        self._button.connect("clicked()", self.browse)

    def _set_directory(self, directory: str) -> None:
        directory = os.path.abspath(directory)
        changed, self._directory = directory != self._directory, directory
        self._button.text = directory
        self.directorySelected(directory)
        if changed:
            self.directoryChanged(directory)

    directory = property(lambda self: self._directory, _set_directory)

    def browse(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.caption, self._directory)
        if chosen:
            self.directory = chosen
