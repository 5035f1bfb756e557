"""What is wrong with the stages of a draft, below the editor: a list, with a button that corrects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from ElastixPlusLib.errors import InputError

from .draft_check import ORDER, StageFinding

ICONS = {"error": "error.png", "warning": "warning.png", "note": ""}


def _is_correctable(found: StageFinding) -> bool:
    from ElastixPlusLib.elastix.lint_correction import is_correctable

    return is_correctable(found.finding)


class FindingList:
    """Shows what was found in a QListWidget.

    :param list_widget: the list.
    :param label: says how much there is.
    :param button: corrects the chosen one.
    :param icons: the folder of the icons.
    :param on_go: gets what was clicked on.
    :param on_correct: gets what shall be corrected.
    """

    def __init__(
        self,
        widgets: tuple[Any, Any, Any],
        icons: Path,
        on_go: Callable[[StageFinding], None],
        on_correct: Callable[[StageFinding], None],
    ) -> None:
        self._list_widget, self._label, self._button = widgets
        self._on_go, self._on_correct = on_go, on_correct
        self._icons = {name: qt.QIcon(str(icons / file)) if file else qt.QIcon() for name, file in ICONS.items()}
        self.found: tuple[StageFinding, ...] = ()
        self._label.text = summary_text(())
        self._list_widget.connect("itemClicked(QListWidgetItem*)", self._go)
        self._list_widget.connect("itemActivated(QListWidgetItem*)", self._go)
        self._list_widget.connect("currentRowChanged(int)", self._show_button)
        self._button.connect("clicked(bool)", self._correct)

    def show(self, found: Sequence[StageFinding], stage_names: Sequence[str]) -> None:
        """Show what was found in place of what was found before.

        :param stage_names: of all stages, in order.
        """
        if tuple(found) == self.found and self._list_widget.count == len(found):
            return
        row = int(self._list_widget.currentRow)
        self.found = tuple(found)
        self._list_widget.clear()
        for one in found:
            self._list_widget.addItem(finding_text(one, stage_names))
            self._list_widget.item(self._list_widget.count - 1).setIcon(self._icons[one.finding.severity])
        self._list_widget.setCurrentRow(min(row, len(found) - 1))
        self._label.text = summary_text(found)
        self._show_button()

    def _chosen(self) -> StageFinding | None:
        row = int(self._list_widget.currentRow)
        return self.found[row] if 0 <= row < len(self.found) else None

    def _show_button(self, _row: int = -1) -> None:
        chosen = self._chosen()
        self._button.enabled = chosen is not None and _is_correctable(chosen)

    def _go(self, _item: Any) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._on_go(chosen)

    def _correct(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._on_correct(chosen)


def finding_text(one: StageFinding, stage_names: Sequence[str]) -> str:
    """A finding with its place, what it is and what to do."""
    name = stage_names[one.stage] if one.stage < len(stage_names) else ""
    line = one.finding.line_number
    place = _("{name}, line {line}").format(name=name, line=line) if line is not None else name
    return f"{place}: {one.finding.what} {one.finding.remedy}".rstrip()


def summary_text(found: Sequence[StageFinding]) -> str:
    """How much was found."""
    counts = [sum(one.finding.severity == severity for one in found) for severity in ORDER]
    if not any(counts):
        return _("&Remarks: none.")
    return _("&Remarks (errors: {errors}, warnings: {warnings}, notes: {notes}):").format(
        errors=counts[0], warnings=counts[1], notes=counts[2]
    )


def fault_text(error: InputError) -> str:
    """Why something cannot be done, for the line at the bottom of the editor."""
    return f"{error.what} {error.remedy}"
