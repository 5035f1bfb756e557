"""The pictures of the demo: slices with the fixed volume's edges drawn over the moving one, and the errors as dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import vtk
from account import Errors
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from ElastixPlusLib.mrml.resampling import resampling_steps
from ElastixPlusLib.mrml.volumes import WorldVolume, voxel_array
from ElastixPlusLib.steps import run_to_end

FloatArray = npt.NDArray[np.float64]

_SIDE_MM, _STEP_MM = 200.0, 1.0
_BACKGROUND, _TEXT, _FAINT, _EDGES = "#14161a", "#f2f2f2", "#9aa0a8", "#ffb000"
_EDGE_VALUES = (0.27, 0.79)  # brain against nothing, white against grey matter; of the fixed volume's brightest voxel
_DOTS_PER_INCH = 100
_COLOURS = 64


@dataclass(frozen=True)
class View:
    """A slice as a reader sees it, patient right on the left and anterior or superior on top, as in 3D Slicer.

    :param right: shape (3,), the RAS direction that points to the right on the page; ``up`` likewise.
    :param letters: at the left, right, top and bottom edge.
    """

    name: str
    center_ras: tuple[float, float, float]
    right: tuple[float, float, float]
    up: tuple[float, float, float]
    letters: str


VIEWS = (
    View("axial", (0.0, -17.0, 12.0), (-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), "RLAP"),
    View("coronal", (0.0, -22.0, 6.0), (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0), "RLSI"),
    View("sagittal", (24.0, -17.0, 6.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), "APSI"),
)


@dataclass(frozen=True)
class Panel:
    """One column of the overlays: a volume seen through a transform.

    :param to_volume: maps places of the page to places of the volume, world RAS; None leaves them.
    """

    title: str
    caption: str
    volume: WorldVolume
    to_volume: vtk.vtkAbstractTransform | None = None


def draw_overlays(fixed: WorldVolume, panels: Sequence[Panel], path: Path) -> None:
    """Three slices of every panel's volume, with the edges of the fixed volume over all of them."""
    with mpl.rc_context({"font.family": "DejaVu Sans", "text.color": _TEXT}):
        figure = Figure(figsize=(2.75 * len(panels), 2.75 * len(VIEWS) + 0.65), facecolor=_BACKGROUND)
        top = 1.0 - 0.65 / figure.get_figheight()
        axes = figure.subplots(len(VIEWS), len(panels), squeeze=False)
        figure.subplots_adjust(left=0.0, right=1.0, bottom=0.0, top=top, wspace=0.012, hspace=0.012)
        for row, view in enumerate(VIEWS):
            edges = slice_of(fixed, view)
            for column, panel in enumerate(panels):
                grey = slice_of(panel.volume, view, panel.to_volume)
                _draw_slice(axes[row, column], grey, _grey_range(panel.volume), edges, fixed.image.GetScalarRange()[1])
            _label_view(axes[row, 0], view)
        for column, panel in enumerate(panels):
            middle = (column + 0.5) / len(panels)
            above = 1.0 - top
            figure.text(middle, top + 0.60 * above, panel.title, ha="center", va="center", fontsize=12, weight="bold")
            figure.text(middle, top + 0.24 * above, panel.caption, ha="center", va="center", fontsize=10)
        _save(figure, path)


def draw_errors(rows: Sequence[Errors], path: Path) -> None:
    """Every held-out landmark as a dot, one row for each way to register."""
    with mpl.rc_context({"font.family": "DejaVu Sans", "font.size": 10}):
        figure = Figure(figsize=(8.0, 0.62 * len(rows) + 1.0), facecolor="white")
        axes = figure.add_subplot()
        scatter = np.random.default_rng(1)
        for place, row in enumerate(rows):
            color = "#0072b2" if place == len(rows) - 1 else "#8a8f98"
            height = place + scatter.uniform(-0.17, 0.17, len(row.millimetres))
            axes.scatter(row.millimetres, height, s=16, color=color, alpha=0.65, linewidths=0)
            axes.plot([row.mean, row.mean], [place - 0.32, place + 0.32], color="black", linewidth=1.6)
            axes.text(row.mean, place - 0.35, f"{row.mean:.1f} mm", ha="center", va="bottom", fontsize=9)
        axes.set_xscale("log")
        axes.set_xticks([0.1, 0.3, 1, 3, 10, 30, 100], ["0.1", "0.3", "1", "3", "10", "30", "100"])
        axes.set_yticks(range(len(rows)), [row.name for row in rows])
        axes.set_ylim(len(rows) - 0.45, -0.75)
        axes.set_xlim(0.06, 200.0)
        axes.minorticks_off()
        axes.tick_params(left=False)
        axes.grid(axis="x", color="#e3e5e8")
        axes.set_axisbelow(True)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.set_xlabel(f"distance left at {len(rows[0].millimetres)} held-out landmarks in mm; bar: mean")
        figure.tight_layout()
        _save(figure, path)


def slice_of(volume: WorldVolume, view: View, to_volume: vtk.vtkAbstractTransform | None = None) -> FloatArray:
    """A square slice; rows from the bottom to the top, columns from left to right."""
    count = round(_SIDE_MM / _STEP_MM) + 1
    right, up = np.array(view.right), np.array(view.up)
    page = np.eye(4)
    page[:3, :3] = np.stack([right * _STEP_MM, up * _STEP_MM, np.cross(right, up)], axis=1)
    page[:3, 3] = np.array(view.center_ras) - (right + up) * _SIDE_MM / 2
    steps = resampling_steps(volume.image, volume.grid.ijk_to_world, to_volume, (count, count, 1), page, 0.0)
    image = run_to_end(steps)
    return voxel_array(image)[0].astype(np.float64)


def _draw_slice(
    axes: Axes, grey: FloatArray, grey_range: tuple[float, float], edges: FloatArray, brightest: float
) -> None:
    axes.imshow(grey, cmap="gray", vmin=grey_range[0], vmax=grey_range[1], origin="lower", interpolation="nearest")
    levels = [share * brightest for share in _EDGE_VALUES]
    axes.contour(edges, levels=levels, colors=_EDGES, linewidths=(1.5, 0.7))
    axes.set_axis_off()


def _label_view(axes: Axes, view: View) -> None:
    places = ((0.03, 0.5), (0.97, 0.5), (0.5, 0.97), (0.5, 0.03))
    for letter, (x, y) in zip(view.letters, places, strict=True):
        axes.text(x, y, letter, transform=axes.transAxes, color=_FAINT, fontsize=9, ha="center", va="center")
    axes.text(0.03, 0.96, view.name, transform=axes.transAxes, color=_FAINT, fontsize=9, ha="left", va="top")


def _grey_range(volume: WorldVolume) -> tuple[float, float]:
    lowest, highest = np.percentile(volume.voxels[::2, ::2, ::2], (75.0, 99.9))  # most voxels show air, with noise
    return float(lowest), float(highest)


def _save(figure: Figure, path: Path) -> None:
    """Write with few colours, which keeps the file small."""
    figure.savefig(path, dpi=_DOTS_PER_INCH, facecolor=figure.get_facecolor(), metadata={"Software": None})
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
