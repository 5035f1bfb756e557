"""What the panel shows of an evaluation, and ways to choose what is evaluated; shared by several test files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

Wait = Callable[..., None]
Press = Callable[[], None]

TRUE_ERROR_MM = 1e-3  # what the exact transform leaves


def loaded(name: str) -> Any:
    """A module of the library as it is now: a test of Reload, run before, loads all of them anew."""
    __import__(name)
    return sys.modules[name]


def found(panel: Any) -> Any:
    """The evaluation that is shown."""
    return panel.panel.evaluation._measured.evaluation


def shown(ui: Any) -> dict[str, tuple[str, str]]:
    """Value and standing of every row of the table; the value is empty where there is none."""
    table = ui.evaluationTable
    rows = [[table.item(row, column).text() for column in range(2)] for row in range(table.rowCount)]
    return {what: (text.rpartition("\n")[0], text.rpartition("\n")[2]) for what, text in rows}


def names() -> list[str]:
    """All nodes of the scene by their names."""
    import slicer

    return sorted(node.GetName() or "" for node in slicer.util.getNodes("*", useLists=False).values())


def choose(combo_box: Any, text: str) -> None:
    row = combo_box.findText(text)
    assert row >= 0, [combo_box.itemText(one) for one in range(combo_box.count)]
    combo_box.currentIndex = row


def check_pair(ui: Any, row: int, wait_until: Wait) -> None:
    """Let a pair of the table only check."""
    import qt

    wait_until(lambda: ui.landmarkTable.rowCount == 8)
    ui.landmarkTable.item(row, 1).setCheckState(qt.Qt.Checked)
    wait_until(lambda: ui.landmarkTable.item(row, 1).text() == "check")
