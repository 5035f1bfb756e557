"""Findings below each other: how bad it is, the sentence, and a button that does what it advises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt

from ElastixPlusLib.errors import Fix

from .preset_text import rich

if TYPE_CHECKING:
    from ElastixPlusLib.guidance.findings import Finding

ICON_PIXELS = 16
ICONS = {"error": "error.png", "warning": "warning.png", "note": ""}
BESIDE_THE_TITLE_PIXELS = 56  # icon, margins and the frame of a button
FEWEST_TITLE_PIXELS = 100

FixOf = Callable[["Finding"], Fix | None]


class FindingRow:
    """One finding. The widget is made once and shows one finding after the other.

    :param icons: the folder of the icons.
    :param on_fix: is told the fix when its button is pressed.
    """

    def __init__(self, icons: Path, on_fix: Callable[[Fix], None]) -> None:
        self._icons, self._on_fix = icons, on_fix
        self._fix: Fix | None = None
        self.widget, self.icon_label, self.label, self.button = qt.QWidget(), qt.QLabel(), qt.QLabel(), qt.QPushButton()
        self.icon_label.setFixedWidth(ICON_PIXELS)
        self.label.setSizePolicy(qt.QSizePolicy.Ignored, qt.QSizePolicy.Preferred)  # a long word makes no panel wide
        self.label.wordWrap = True
        self.label.textFormat = qt.Qt.PlainText
        self.label.textInteractionFlags = qt.Qt.TextSelectableByMouse
        self.button.setMinimumWidth(1)  # nor does a long title
        self.button.connect("clicked(bool)", self._pressed)
        layout = qt.QGridLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setColumnStretch(1, 1)
        layout.addWidget(self.icon_label, 0, 0, qt.Qt.AlignTop)
        layout.addWidget(self.label, 0, 1)
        layout.addWidget(self.button, 1, 1, qt.Qt.AlignLeft)

    def show(self, finding: Finding, fix: Fix | None, width_pixels: int) -> None:
        """Show a finding.

        :param fix: what the button offers; None shows no button.
        :param width_pixels: of the panel; a longer title is shortened.
        """
        self._fix = fix
        icon = ICONS[finding.severity]
        self.icon_label.setPixmap(
            qt.QIcon(str(self._icons / icon)).pixmap(ICON_PIXELS, ICON_PIXELS) if icon else qt.QPixmap()
        )
        self.label.text = finding.sentence
        show_title(self.button, fix, width_pixels)
        self.widget.setVisible(True)

    def _pressed(self) -> None:
        if self._fix is not None:
            self._on_fix(self._fix)


class FindingRows:
    """Shows findings in a widget with an empty vertical layout.

    :param container: that widget.
    :param icons: the folder of the icons.
    :param on_fix: is told the fix whose button is pressed.
    """

    def __init__(self, container: Any, icons: Path, on_fix: Callable[[Fix], None]) -> None:
        self._container, self._icons, self._on_fix = container, icons, on_fix
        self.rows: list[FindingRow] = []

    def show(self, findings: Sequence[Finding], fix_of: FixOf, width_pixels: int) -> tuple[Fix, ...]:
        """Show findings in place of those before.

        :param fix_of: what is offered for a finding; the same fix has a button only once.
        :returns: all that is offered.
        """
        while len(self.rows) < len(findings):
            row = FindingRow(self._icons, self._on_fix)
            self._container.layout().addWidget(row.widget)
            self.rows.append(row)
        offered: list[Fix] = []
        for row, finding in zip(self.rows, findings, strict=False):
            fix = fix_of(finding)
            is_new = fix is not None and fix not in offered
            offered += [fix] if is_new else []
            row.show(finding, fix if is_new else None, width_pixels)
        for row in self.rows[len(findings) :]:
            row.widget.setVisible(False)
        self._container.setVisible(bool(findings))
        return tuple(offered)

    def withdraw_fixes(self) -> None:
        """Show the sentences without their buttons."""
        for row in self.rows:
            show_title(row.button, None, 0)


def show_title(button: Any, fix: Fix | None, width_pixels: int) -> None:
    """Show what a button does, shortened to the width of the panel; no button for None."""
    button.setVisible(fix is not None)
    if fix is not None:
        room = max(width_pixels - BESIDE_THE_TITLE_PIXELS, FEWEST_TITLE_PIXELS)
        title = button.fontMetrics().elidedText(fix.title, qt.Qt.ElideRight, room)
        button.text = title.replace("&", "&&")  # one alone would underline the next letter
        button.toolTip = rich(fix.title)  # with labels of landmarks in it
