"""Stand-ins of the widgets of CTK that hold one number within a range."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSlider, QWidget

from .pythonqt_properties import assigned
from .signals import PythonSignal
from .stand_in import stand_in

MOST_SLIDER_STEPS = 10**6


class _NumberInRange(QWidget):
    """A value between a minimum and a maximum; one that is pushed beyond the other takes it along."""

    valueChanged = PythonSignal("valueChanged(double)")

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._value, self._low, self._high = 0.0, 0.0, 99.99
        self._rounded: float | None = None  # what the spin box shows after a change of decimals
        self._showing = False
        self._slider: Any = QSlider(Qt.Horizontal)
        self._spin_box: Any = QDoubleSpinBox()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._slider, 1)
        row.addWidget(self._spin_box)
        self._slider.connect("valueChanged(int)", self._slider_moved)
        self._spin_box.connect("valueChanged(double)", self._spin_box_changed)
        self._show_value()

    def _set_value(self, value: Any) -> None:
        value = min(max(assigned("value", float, value), self._low), self._high)
        if value != (self._value if self._rounded is None else self._rounded):
            self._value, self._rounded = value, None
            self._show_value()
            self.valueChanged(value)

    value = property(lambda self: self._value, _set_value)

    def setValue(self, value: Any) -> None:
        self.value = value

    def _set_minimum(self, low: Any) -> None:
        self._low = assigned("minimum", float, low)
        self._high = max(self._high, self._low)
        self._range_changed()

    minimum = property(lambda self: self._low, _set_minimum)

    def _set_maximum(self, high: Any) -> None:
        self._high = assigned("maximum", float, high)
        self._low = min(self._low, self._high)
        self._range_changed()

    maximum = property(lambda self: self._high, _set_maximum)

    def _range_changed(self) -> None:
        if not self._low <= self._value <= self._high:
            self.value = self._value
        self._show_value()

    def _slider_moved(self, step: int) -> None:
        if not self._showing:
            self.value = self.minimum + step * (self.singleStep or 1)

    def _spin_box_changed(self, value: float) -> None:
        if not self._showing:
            self.value = value

    def _show_value(self, _: Any = None) -> None:
        self._showing = True
        spin_box, slider, step = self._spin_box, self._slider, self.singleStep or 1
        spin_box.setDecimals(self.decimals)
        spin_box.setPrefix(self.prefix)
        spin_box.setSuffix(self.suffix)
        spin_box.setSingleStep(self.singleStep)
        spin_box.setRange(self._low, self._high)
        spin_box.setValue(self._value)
        slider.setRange(0, int(min(round((self._high - self._low) / step), MOST_SLIDER_STEPS)))
        slider.setValue(min(round((self._value - self._low) / step), MOST_SLIDER_STEPS))
        self._showing = False

    _on_singleStep = _on_prefix = _on_suffix = _show_value


@stand_in(
    "setDecimals setSpinBoxVisible",
    singleStep=1.0,
    pageStep=10.0,
    decimals=2,
    prefix="",
    suffix="",
    tickInterval=0.0,
    tickPosition=0,
    tracking=True,
    spinBoxVisible=True,
    popupSlider=False,
    synchronizeSiblings=1,
    spinBoxAlignment=129,
    invertedAppearance=False,
    invertedControls=False,
)
class ctkSliderWidget(_NumberInRange):
    """A slider beside a spin box."""

    valueChanged = _NumberInRange.valueChanged
    valueIsChanging = PythonSignal("valueIsChanging(double)")
    decimalsChanged = PythonSignal("decimalsChanged(int)")
    value, minimum, maximum = _NumberInRange.value, _NumberInRange.minimum, _NumberInRange.maximum

    def _on_decimals(self, decimals: int) -> None:
        self._show_value()
        if self._value:  # the spin box rounds what it shows, and that counts as a change of the value
            self._rounded = round(self._value, decimals)
            self.valueChanged(self._value)
        self.decimalsChanged(decimals)

    def _on_spinBoxVisible(self, shown: bool) -> None:
        self._spin_box.setVisible(shown)

    def reset(self) -> None:
        self.value = self.minimum


@stand_in(
    "setDecimals", singleStep=1.0, decimals=2, prefix="", suffix="", cleanText="", alignment=129, decimalsOption=9
)
class ctkDoubleSpinBox(_NumberInRange):
    """A spin box; its slider is never shown."""

    value, minimum, maximum = _NumberInRange.value, _NumberInRange.minimum, _NumberInRange.maximum
    decimalsChanged = PythonSignal("decimalsChanged(int)")

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._slider.setVisible(False)

    def _on_decimals(self, decimals: int) -> None:
        self._show_value()
        self.decimalsChanged(decimals)
