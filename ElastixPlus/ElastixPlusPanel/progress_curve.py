"""A curve of the image metric and of the landmark distance while a registration runs."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import qt
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from ElastixPlusLib.elastix.progress import ProgressEvent

# Both have a contrast of at least 3.3 to white and to the window of the dark style (#323232).
METRIC_COLOR = "#3a86c8"
LANDMARK_COLOR = "#c86a00"
GRID_COLOR = "#808080"
HEIGHT_PIXELS = 96
TEXT_HEIGHT_PIXELS = 18
MARGIN_PIXELS = 4


@dataclass
class RunHistory:
    """What elastix has reported so far.

    :param metric: one value per iteration; None where there was none. ``landmark_mm`` likewise.
    :param resolutions: numbers of the iterations with which a new resolution began.
    """

    metric: list[float | None] = field(default_factory=list)
    landmark_mm: list[float | None] = field(default_factory=list)
    resolutions: list[int] = field(default_factory=list)
    _level: tuple[int, int] = (0, 0)

    def add(self, event: ProgressEvent) -> None:
        """Take in one step."""
        if event.image_metric is None and event.landmark_distance_mm is None:
            return
        level = (event.stage, event.resolution)
        if level != self._level:
            self._level = level
            self.resolutions.append(len(self.metric))
        self.metric.append(event.image_metric)
        self.landmark_mm.append(event.landmark_distance_mm)


def polyline(
    values: Sequence[float | None], width: int, height: int, breaks: Sequence[int] = ()
) -> list[tuple[int, int, int, int]]:
    """Turn values into line segments (x1, y1, x2, y2) in pixels, the largest value at the top.

    :param values: one per iteration; nothing is drawn to or from None.
    :param breaks: numbers of the values before which the line is interrupted, in ascending order.

    >>> polyline([0.0, 1.0, None, 1.0], 31, 11)
    [(0, 10, 10, 0)]
    """
    known = [value for value in values if value is not None]
    if len(values) < 2 or not known:
        return []
    lowest, span = min(known), (max(known) - min(known)) or 1.0
    segments: list[tuple[int, int, int, int]] = []
    last: tuple[int, int] | None = None
    part = 0
    for index in range(0, len(values), max(len(values) // width, 1)):  # more points than pixels would only take time
        value, part_before, part = values[index], part, bisect(breaks, index)
        if value is None or part != part_before:
            last = None
        if value is None:
            continue
        here = (
            round(index * (width - 1) / (len(values) - 1)),
            round((height - 1) * (1.0 - (value - lowest) / span)),
        )
        if last is not None and here != last:
            segments.append((*last, *here))
        last = here
    return segments


def draw_curve(label: qt.QLabel, history: RunHistory) -> None:
    """Draw the history into a label, as wide as the label is and as fine as its screen."""
    width, ratio = max(label.width, 200), label.devicePixelRatioF()
    pixmap = qt.QPixmap(round(width * ratio), round((HEIGHT_PIXELS + TEXT_HEIGHT_PIXELS) * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(qt.QColor(0, 0, 0, 0))
    painter = qt.QPainter()
    painter.begin(pixmap)
    try:
        painter.setRenderHint(qt.QPainter.Antialiasing)
        painter.setFont(label.font)
        _draw(painter, history, width)
    finally:
        painter.end()
    label.setPixmap(pixmap)


def _draw(painter: qt.QPainter, history: RunHistory, width: int) -> None:
    inner, height = width - 2 * MARGIN_PIXELS, HEIGHT_PIXELS - 2 * MARGIN_PIXELS
    count = max(len(history.metric) - 1, 1)
    painter.setPen(qt.QColor(GRID_COLOR))
    painter.drawLine(0, HEIGHT_PIXELS - 1, width - 1, HEIGHT_PIXELS - 1)
    for start in history.resolutions[1:]:
        x = MARGIN_PIXELS + round(start * (inner - 1) / count)
        painter.drawLine(x, HEIGHT_PIXELS - 5, x, HEIGHT_PIXELS - 1)
    for values, color, text, at in (
        (history.metric, METRIC_COLOR, _metric_text(history.metric), MARGIN_PIXELS),
        (history.landmark_mm, LANDMARK_COLOR, _landmark_text(history.landmark_mm), width // 2),
    ):
        painter.setPen(qt.QColor(color))
        for x1, y1, x2, y2 in polyline(values, inner, height, history.resolutions):
            painter.drawLine(MARGIN_PIXELS + x1, MARGIN_PIXELS + y1, MARGIN_PIXELS + x2, MARGIN_PIXELS + y2)
        painter.drawText(at, HEIGHT_PIXELS + TEXT_HEIGHT_PIXELS - 5, text)


def _metric_text(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return _("Image metric {value:.3g}").format(value=known[-1]) if known else ""


def _landmark_text(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return _("Landmarks {value:.1f} mm apart").format(value=known[-1]) if known else ""
