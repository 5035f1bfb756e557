"""Slices of both volumes as pictures that show whether they lie on each other."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .contents import GreyPicture, SlicePicture
from .report_packages import report_packages

ColourPicture = npt.NDArray[np.uint8]

_MOST_PIXELS = 800  # along a side; a larger slice is averaged down so that the page stays small
_AXIS_OF_PLANE = {"axial": "S", "coronal": "A", "sagittal": "R"}


@dataclass(frozen=True)
class SliceView:
    """One slice with all its pictures, as the page shows it; lengths in millimetres on the slice.

    :param width_percent: of the widest slice, so that all slices are drawn at one scale.
    :param place: such as "S = 12.0 mm".
    :param edge_labels: what is at the top, right, bottom, left.
    :param mark_mm: x from the left and y from the top; None for none.
    :param bar_mm: length of the scale bar; ``tile_mm`` of a square of the checkerboard.
    :param pictures: data URIs by name: fixed, after, overlay_before, overlay_after, checker_before, checker_after.
    """

    plane: str
    place: str
    width_mm: float
    height_mm: float
    width_percent: float
    edge_labels: tuple[str, str, str, str]
    mark_mm: tuple[float, float] | None
    bar_mm: float
    tile_mm: float
    pictures: dict[str, str]


def slice_views(pictures: Sequence[SlicePicture]) -> tuple[SliceView, ...]:
    """Draw every slice.

    :raises ReportPackageError: matplotlib is missing.
    """
    shrunk = [_shrunk(picture) for picture in pictures]
    sizes = [(_width_mm(picture), _height_mm(picture)) for picture in shrunk]
    widest = max((width for width, _ in sizes), default=1.0)
    largest = max((max(size) for size in sizes), default=1.0)
    bar_mm, tile_mm = round_length(widest / 4), round_length(largest / 7)
    return tuple(_view(picture, widest, bar_mm, tile_mm) for picture in shrunk)


def overlay(fixed: GreyPicture, moving: GreyPicture) -> ColourPicture:
    """Fixed in green, moving in magenta: grey where they agree, and apart for colour-blind readers too.

    >>> overlay(np.array([[9]], np.uint8), np.array([[200]], np.uint8)).tolist()
    [[[200, 9, 200]]]
    """
    return np.stack([moving, fixed, moving], axis=-1)


def checkerboard(
    fixed: GreyPicture, moving: GreyPicture, spacing_mm: tuple[float, float], tile_mm: float
) -> GreyPicture:
    """Squares of both in turn, the fixed one at the top left.

    :param spacing_mm: height and width of a pixel.
    """
    row, column = (
        np.floor(np.arange(count) * spacing / tile_mm + 1e-9).astype(np.int64)
        for count, spacing in zip(fixed.shape, spacing_mm, strict=True)
    )
    takes_fixed = (row[:, None] + column[None, :]) % 2 == 0
    return np.where(takes_fixed, fixed, moving)


def round_length(limit_mm: float) -> float:
    """The largest of 1, 2, 5, 10, 20, 50 and so on (also below 1) that is not over the limit.

    >>> round_length(58.0), round_length(0.3)
    (50.0, 0.2)
    """
    power = 10.0 ** np.floor(np.log10(limit_mm))
    leading = max(step for step in (1, 2, 5) if step * power <= limit_mm * (1 + 1e-9))
    return float(f"{leading * power:.6g}")


def png_uri(picture: GreyPicture | ColourPicture) -> str:
    """A picture as a data URI, pixel by pixel, without a loss.

    :param picture: shape (rows, columns) or (rows, columns, 3).
    :raises ReportPackageError: matplotlib is missing.
    """
    with report_packages():
        from matplotlib.image import imsave
    colours = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    file = io.BytesIO()
    imsave(file, np.ascontiguousarray(colours), format="png", metadata={"Software": ""})
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"


def _view(picture: SlicePicture, widest_mm: float, bar_mm: float, tile_mm: float) -> SliceView:
    fixed, before, after = picture.fixed, picture.before, picture.after
    drawn = {
        "fixed": fixed,
        "after": after,
        "overlay_before": overlay(fixed, before),
        "overlay_after": overlay(fixed, after),
        "checker_before": checkerboard(fixed, before, picture.spacing_mm, tile_mm),
        "checker_after": checkerboard(fixed, after, picture.spacing_mm, tile_mm),
    }
    axis = _AXIS_OF_PLANE.get(picture.plane)
    return SliceView(
        plane=picture.plane,
        place=f"{axis} = {picture.offset_mm:.1f} mm" if axis else f"{picture.offset_mm:.1f} mm",
        width_mm=_width_mm(picture),
        height_mm=_height_mm(picture),
        width_percent=100.0 * _width_mm(picture) / widest_mm,
        edge_labels=picture.edge_labels,
        mark_mm=_mark_mm(picture),
        bar_mm=bar_mm,
        tile_mm=tile_mm,
        pictures={name: png_uri(array) for name, array in drawn.items()},
    )


def _width_mm(picture: SlicePicture) -> float:
    return float(picture.spacing_mm[1] * picture.fixed.shape[1])


def _height_mm(picture: SlicePicture) -> float:
    return float(picture.spacing_mm[0] * picture.fixed.shape[0])


def _mark_mm(picture: SlicePicture) -> tuple[float, float] | None:
    """Rows and columns count from the middle of the first pixel; a mark beyond the edge is none."""
    if picture.mark is None:
        return None
    row, column = picture.mark
    rows, columns = picture.fixed.shape
    if not (-0.5 <= row <= rows - 0.5 and -0.5 <= column <= columns - 0.5):
        return None
    return (column + 0.5) * picture.spacing_mm[1], (row + 0.5) * picture.spacing_mm[0]


def _shrunk(picture: SlicePicture) -> SlicePicture:
    by_row, by_column = (-(-count // _MOST_PIXELS) for count in picture.fixed.shape)
    if by_row == by_column == 1:
        return picture
    mark = picture.mark
    return replace(
        picture,
        fixed=_averaged(picture.fixed, by_row, by_column),
        before=_averaged(picture.before, by_row, by_column),
        after=_averaged(picture.after, by_row, by_column),
        spacing_mm=(picture.spacing_mm[0] * by_row, picture.spacing_mm[1] * by_column),
        mark=None if mark is None else ((mark[0] + 0.5) / by_row - 0.5, (mark[1] + 0.5) / by_column - 0.5),
    )


def _averaged(grey: GreyPicture, by_row: int, by_column: int) -> GreyPicture:
    rows, columns = grey.shape[0] // by_row, grey.shape[1] // by_column
    blocks = grey[: rows * by_row, : columns * by_column].reshape(rows, by_row, columns, by_column)
    averaged: GreyPicture = np.round(blocks.mean(axis=(1, 3))).astype(np.uint8)
    return averaged
