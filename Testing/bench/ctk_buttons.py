"""Stand-ins of the buttons, boxes and combo boxes of CTK."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QGroupBox,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QStyle,
    QStyleOption,
    QStyleOptionButton,
    QToolButton,
    QWidget,
)

from .signals import PythonSignal
from .stand_in import stand_in

HEADER_HEIGHT = 26  # pixels
HIGHEST = 16777215  # QWIDGETSIZE_MAX


class _HiddenContents:
    """Hides the children of a collapsed widget; a child that was hidden by hand stays hidden when it expands."""

    def _collapse_children(self: Any, collapsed: bool) -> None:
        for child in self.children():
            if not issubclass(type(child), QWidget):
                continue
            if collapsed and not child.isHidden():
                child.__dict__["_hidden_by_collapse"] = True
                child.setVisible(False)
            elif not collapsed and child.__dict__.pop("_hidden_by_collapse", False):
                child.setVisible(True)

    def childEvent(self: Any, event: Any) -> None:
        super().childEvent(event)  # type: ignore[misc]
        child = event.child()
        if event.added() and self.collapsed and issubclass(type(child), QWidget):
            child.__dict__["_hidden_by_collapse"] = True
            child.setVisible(False)


@stand_in(
    collapsed=False,
    collapsedHeight=14,
    contentsFrameShape=0,
    contentsFrameShadow=16,
    contentsLineWidth=1,
    buttonTextAlignment=129,
    indicatorAlignment=129,
    flat=False,
)
class ctkCollapsibleButton(_HiddenContents, QAbstractButton):
    """A header to click on, with contents below."""

    contentsCollapsed = PythonSignal("contentsCollapsed(bool)")

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setChecked(True)
        self.setContentsMargins(0, HEADER_HEIGHT, 0, 0)
        self.setMinimumHeight(HEADER_HEIGHT)
        self.connect("toggled(bool)", lambda checked: setattr(self, "collapsed", not checked))

    def _on_collapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)
        self._collapse_children(collapsed)
        self.setMaximumHeight(HEADER_HEIGHT + 2 if collapsed else HIGHEST)
        self.contentsCollapsed(collapsed)

    def hitButton(self, position: Any) -> bool:
        return bool(position.y() < HEADER_HEIGHT)

    def paintEvent(self, event: Any) -> None:
        painter, style, width = QPainter(self), self.style(), self.width
        header = QStyleOptionButton()
        header.initFrom(self)
        header.rect = QRect(0, 0, width, HEADER_HEIGHT - 4)
        style.drawPrimitive(QStyle.PE_PanelButtonCommand, header, painter, self)
        arrow = QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QRect(6, 5, 12, 12)
        shape = QStyle.PE_IndicatorArrowRight if self.collapsed else QStyle.PE_IndicatorArrowDown
        style.drawPrimitive(shape, arrow, painter, self)
        painter.drawText(QRect(24, 0, width - 30, HEADER_HEIGHT - 4), Qt.AlignVCenter | Qt.AlignLeft, self.text)
        painter.end()


@stand_in(collapsed=False, collapsedHeight=14)
class ctkCollapsibleGroupBox(_HiddenContents, QGroupBox):
    """A group box that collapses by its check mark."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.connect("toggled(bool)", lambda checked: setattr(self, "collapsed", not checked))

    def _on_collapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)
        self._collapse_children(collapsed)


@stand_in()
class ctkCheckBox(QCheckBox):
    """A check box that could have an icon as indicator."""


@stand_in(defaultText="", scrollWheelEffect=1, elideMode=3)
class ctkComboBox(QComboBox):
    """A combo box with a text for no choice."""

    NeverScroll, AlwaysScroll, ScrollWithFocus, ScrollWithNoVScrollBar = 0, 1, 2, 3


@stand_in(buttonTextAlignment=132, iconAlignment=129, elideMode=3)
class ctkPushButton(QPushButton):
    """A push button whose text can be aligned."""


@stand_in()
class ctkMenuButton(QPushButton):
    """A push button with a separate arrow for its menu."""


@stand_in(mirrorOnExpand=False, orientation=1)
class ctkExpandButton(QToolButton):
    """A tool button with an arrow that turns."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)


@stand_in(showSearchIcon=False)
class ctkSearchBox(QLineEdit):
    """A line edit with a button that clears it."""


@stand_in(dontShowAgainSettingsKey="", dontShowAgainVisible=False, dontShowAgain=False)
class ctkMessageBox(QMessageBox):
    """A message box that can be told not to come back."""
