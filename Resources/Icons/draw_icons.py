"""Draw the icons of the extension and of its panel: python Resources/Icons/draw_icons.py

Needs PySide6 and, for the thumbnail of the sample data, slicer-core. The drawings are in a square of 32 by 32 units;
each is painted four times too large and then made smaller, which smooths it further. The colours are of middle
brightness, so that they stand out from the light and from the dark style of Slicer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE_ICONS = REPOSITORY / "ElastixPlus" / "Resources" / "Icons"

FIXED, MOVING = "#3b8cf2", "#f08c26"
AMBER, GREEN, RED, SLATE, GREY = "#e89a00", "#2fa84f", "#e0483e", "#5b87b5", "#8a929b"

LARGER = 4


def main() -> None:
    """Write every icon to its place."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    save(draw_logo, 128, REPOSITORY / "ElastixPlus.png")
    save(draw_logo, 64, MODULE_ICONS / "ElastixPlus.png")
    for name, draw in ACTION_ICONS.items():
        save(draw, 32, MODULE_ICONS / name)
    thumbnail().save(str(MODULE_ICONS / "phantom_pair.png"))


def save(draw: Callable[[QPainter], None], size: int, path: Path) -> None:
    """Paint one drawing on a transparent square of ``size`` pixels."""
    image = QImage(LARGER * size, LARGER * size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(LARGER * size / 32, LARGER * size / 32)
    draw(painter)
    painter.end()
    small = image.scaled(size, size, mode=Qt.TransformationMode.SmoothTransformation)
    small.save(str(path))


def stroke(painter: QPainter, color: str, width: float) -> None:
    """Outlines of one colour with round ends, nothing filled."""
    join, cap = Qt.PenJoinStyle.RoundJoin, Qt.PenCapStyle.RoundCap
    painter.setPen(QPen(QColor(color), width, Qt.PenStyle.SolidLine, cap, join))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def fill(painter: QPainter, color: str) -> None:
    """Areas of one colour without an outline."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))


def lines(painter: QPainter, *points: tuple[float, float]) -> None:
    """Join points by straight lines."""
    painter.drawPolyline([QPointF(*point) for point in points])


def draw_logo(painter: QPainter) -> None:
    """A regular outline and a bent one behind each other, three pairs of landmarks joined by lines, and a plus sign."""
    bent = QPainterPath(QPointF(13, 13))
    bent.cubicTo(17, 9.5, 23, 14, 28.5, 11.5)
    bent.cubicTo(31.5, 16, 26.5, 22, 30, 28.5)
    bent.cubicTo(24.5, 31.5, 18, 26.5, 12, 29)
    bent.cubicTo(8.5, 24, 13.5, 18, 13, 13)
    stroke(painter, FIXED, 2.4)
    painter.drawRoundedRect(QRectF(2.5, 2.5, 17, 17), 2, 2)
    stroke(painter, MOVING, 2.4)
    painter.drawPath(bent)
    for fixed, moving in (((3, 3), (13, 13)), ((19, 3), (28.5, 11.5)), ((3, 19), (12, 29))):
        stroke(painter, GREY, 1.5)
        lines(painter, fixed, moving)
        for color, point in ((FIXED, fixed), (MOVING, moving)):
            fill(painter, color)
            painter.drawEllipse(QPointF(*point), 2.6, 2.6)
    stroke(painter, GREEN, 3)
    lines(painter, (21.5, 17.5), (21.5, 25.5))
    lines(painter, (17.5, 21.5), (25.5, 21.5))


def draw_warning(painter: QPainter) -> None:
    """An amber triangle with a dark exclamation mark."""
    stroke(painter, AMBER, 4)
    painter.setBrush(QColor(AMBER))
    painter.drawPolygon([QPointF(16, 5.5), QPointF(28, 26), QPointF(4, 26)])
    stroke(painter, "#2b2100", 3.2)
    lines(painter, (16, 12), (16, 18.5))
    fill(painter, "#2b2100")
    painter.drawEllipse(QPointF(16, 24), 2, 2)


def draw_error(painter: QPainter) -> None:
    """A red disc with a white cross."""
    fill(painter, RED)
    painter.drawEllipse(QPointF(16, 16), 13.5, 13.5)
    stroke(painter, "#ffffff", 3.4)
    lines(painter, (11, 11), (21, 21))
    lines(painter, (21, 11), (11, 21))


def draw_check(painter: QPainter) -> None:
    """A green tick."""
    stroke(painter, GREEN, 5)
    lines(painter, (5, 17.5), (12.5, 25), (27, 8))


def draw_not_assessed(painter: QPainter) -> None:
    """A grey ring with a line through it: nothing is known."""
    stroke(painter, GREY, 3.2)
    painter.drawEllipse(QPointF(16, 16), 11, 11)
    lines(painter, (9, 23), (23, 9))


def draw_reported(painter: QPainter) -> None:
    """Three bars of different height: a figure that is not graded."""
    fill(painter, SLATE)
    for left, height in ((5, 10), (13, 20), (21, 15)):
        painter.drawRoundedRect(QRectF(left, 27 - height, 6, height), 1.5, 1.5)


def draw_swap(painter: QPainter) -> None:
    """Two arrows in opposite directions."""
    stroke(painter, SLATE, 3.4)
    lines(painter, (4, 10.5), (27, 10.5))
    lines(painter, (21, 4.5), (27.5, 10.5), (21, 16.5))
    lines(painter, (28, 21.5), (5, 21.5))
    lines(painter, (11, 15.5), (4.5, 21.5), (11, 27.5))


def draw_place(painter: QPainter, color: str) -> None:
    """A place to click at: a point in a ring with four marks."""
    stroke(painter, color, 2.8)
    painter.drawEllipse(QPointF(16, 16), 9, 9)
    for x, y in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        lines(painter, (16 + 9 * x, 16 + 9 * y), (16 + 14 * x, 16 + 14 * y))
    fill(painter, color)
    painter.drawEllipse(QPointF(16, 16), 3.6, 3.6)


ACTION_ICONS: dict[str, Callable[[QPainter], None]] = {
    "warning.png": draw_warning,
    "error.png": draw_error,
    "check.png": draw_check,
    "not_assessed.png": draw_not_assessed,
    "reported.png": draw_reported,
    "swap.png": draw_swap,
    "place_fixed.png": lambda painter: draw_place(painter, FIXED),
    "place_moving.png": lambda painter: draw_place(painter, MOVING),
}


def thumbnail() -> QImage:
    """Both phantoms in the axial plane through the ventricles, R to the left, with the landmarks near it."""
    sys.path.insert(0, str(REPOSITORY / "ElastixPlus"))
    from ElastixPlusPanel import phantom_pair as phantom

    width, height, per_mm, level = 260, 280, 1.25, 12.0
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    plane = np.stack([(width / 2 - column) / per_mm, (height / 2 - row) / per_mm, np.full(row.shape, level)], axis=-1)
    points = plane.reshape(-1, 3)
    colored = np.zeros((len(points), 3))
    for positions, brightness, color in (
        (points, phantom.FIXED_BRIGHTNESS, phantom.FIXED_COLOR),
        (phantom.fixed_positions(points), phantom.MOVING_BRIGHTNESS, phantom.MOVING_COLOR),
    ):
        colored += phantom.brightness_at(positions, brightness)[:, None] / 800 * np.array(color)
    bytes_ = np.ascontiguousarray(np.clip(colored * 200, 0, 255).astype(np.uint8)).tobytes()
    image = QImage(bytes_, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    fixed = phantom.landmark_positions()
    for start, end in zip(fixed, phantom.moving_positions(fixed), strict=True):
        if abs(start[2] - level) > 20:
            continue
        ends = [(width / 2 - per_mm * point[0], height / 2 - per_mm * point[1]) for point in (start, end)]
        stroke(painter, "#ffffff", 2)
        lines(painter, *ends)
        for color, point in zip((FIXED, MOVING), ends, strict=True):
            stroke(painter, "#ffffff", 2)
            painter.setBrush(QColor(color))
            painter.drawEllipse(QPointF(*point), 5, 5)
    painter.end()
    return image


if __name__ == "__main__":
    main()
