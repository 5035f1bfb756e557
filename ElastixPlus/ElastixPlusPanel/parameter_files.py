"""The list of own elastix parameter files, one per stage, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from .parameter_set import ParameterSet, stored_texts, texts_in


def ask_for_files(parent: Any) -> tuple[str, ...]:
    """Let the user choose parameter files; none if the dialog is cancelled."""
    chosen = qt.QFileDialog.getOpenFileNames(
        parent, _("Choose elastix parameter files, one per stage"), "", _("Parameter files (*.txt);;All files (*)")
    )
    return tuple(str(path) for path in chosen)


class ParameterFileList:
    """Binds a list and two buttons to the own parameter files of the parameter set.

    :param list_widget: a QListWidget that shows the file names.
    :param ask: lets the user choose files.
    """

    def __init__(
        self,
        list_widget: Any,
        add_button: Any,
        remove_button: Any,
        ask: Callable[[Any], Sequence[str]] = ask_for_files,
    ) -> None:
        self._list_widget, self._remove_button, self.ask = list_widget, remove_button, ask
        self._tool_tip = str(list_widget.toolTip)
        self._parameters: ParameterSet | None = None
        add_button.connect("clicked(bool)", self._add)
        remove_button.connect("clicked(bool)", self._remove)

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none."""
        self._parameters = parameters
        self.show()

    def show(self) -> None:
        """Show what the parameter set says."""
        paths = texts_in(self._parameters.parameter_files) if self._parameters is not None else ()
        row = self._list_widget.currentRow
        self._list_widget.clear()
        for path in paths:
            self._list_widget.addItem(Path(path).name)
        self._list_widget.toolTip = "\n".join([self._tool_tip, *paths])  # files of several folders may share a name
        if paths:
            self._list_widget.setCurrentRow(min(max(row, 0), len(paths) - 1))
        self._remove_button.enabled = bool(paths)

    def _add(self) -> None:
        if self._parameters is not None:
            paths = texts_in(self._parameters.parameter_files)
            self._parameters.parameter_files = stored_texts((*paths, *self.ask(self._list_widget)))
            self.show()

    def _remove(self) -> None:
        row = self._list_widget.currentRow
        if self._parameters is not None and row >= 0:
            paths = list(texts_in(self._parameters.parameter_files))
            del paths[row]
            self._parameters.parameter_files = stored_texts(tuple(paths))
            self.show()
