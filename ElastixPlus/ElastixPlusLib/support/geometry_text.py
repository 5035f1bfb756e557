"""Where the volumes of a run lie, as a table that can be read at a glance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..grid import Grid
from ..record.run_record import Geometry, InputIdentity, RunRecord

FloatArray = npt.NDArray[np.float64]

_SAMPLES_PER_AXIS = 16
_FEW_MM = 1000.0


def geometry_text(record: RunRecord) -> str:
    """Volumes, masks, landmarks and overlap of a run; positions in RAS millimetres of the world.

    :param record: without names already; see :func:`.names_removed.record_without_names`.
    """
    lines = ["Positions are in millimetres, RAS, in the world.", ""]
    for one in record.inputs:
        lines += [f"{one.name} ({one.kind or 'unknown'})", *_geometry_lines(one.geometry)]
    lines += ["", f"Start: {record.start.name}", *(_row(row) for row in record.start.matrix_ras)]
    lines += _overlap_lines(record)
    lines += ["", "Masks, as elastix got them:"]
    lines += [f"  {one.role}: {one.voxels} of {one.of_voxels} voxels, edge {one.edge}" for one in record.masks] or [
        "  none"
    ]
    driving = sum(one.role == "drive" for one in record.landmarks)
    lines += ["", f"Landmarks: {driving} driving, {len(record.landmarks) - driving} checking"]
    return "\n".join([*lines, *_landmark_lines(record)]) + "\n"


def _geometry_lines(geometry: Geometry | None) -> list[str]:
    if geometry is None:
        return []
    matrix = _matrix(geometry)
    shown = [f"  voxels      {' x '.join(map(str, geometry.dimensions))}, {geometry.scalar_type}"]
    if matrix is None:
        return [*shown, "  its matrix is none"]
    with np.errstate(all="ignore"):
        spacing = np.linalg.norm(matrix[:3, :3], axis=0)
        size = spacing * np.array(geometry.dimensions, dtype=np.float64)
        center = Grid(geometry.dimensions, matrix).center_ras
        directions = matrix[:3, :3] / spacing
    return [
        *shown,
        f"  spacing     {_row(spacing)}",
        f"  size        {_row(size)}",
        f"  first voxel {_row(matrix[:3, 3])}",
        f"  centre      {_row(center)}",
        *(f"  axis {name}      {_row(axis)}" for name, axis in zip("ijk", directions.T, strict=True)),
    ]


def _overlap_lines(record: RunRecord) -> list[str]:
    fixed, moving = record.input("fixed"), record.input("moving")
    places = [_grid(fixed), _grid(moving)]
    if places[0] is None or places[1] is None:
        return []
    as_loaded = overlap(places[0], places[1], np.eye(4))
    lines = ["", f"Part of the fixed volume that lies in the moving one, as loaded: {_percent(as_loaded)}"]
    start = np.array(record.start.matrix_ras, dtype=np.float64) if record.start.matrix_ras else None
    if start is not None and start.shape == (4, 4):
        lines.append(f"The same at the start: {_percent(overlap(places[0], places[1], start))}")
    return lines


def overlap(fixed: Grid, moving: Grid, start: FloatArray) -> float | None:
    """Part of a fixed grid that a start takes into a moving one, 0 to 1; None where that cannot be told.

    :param start: fixed to moving, world RAS, shape (4, 4).

    >>> overlap(Grid((10, 10, 10), np.eye(4)), Grid((10, 10, 5), np.eye(4)), np.eye(4))
    0.5
    """
    steps = (np.arange(_SAMPLES_PER_AXIS) + 0.5) / _SAMPLES_PER_AXIS
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    with np.errstate(all="ignore"):
        points = fixed.positions_ras(cube * np.array(fixed.dimensions, dtype=np.float64) - 0.5)
        try:
            outside = moving.outside_mm(points @ start[:3, :3].T + start[:3, 3])
        except np.linalg.LinAlgError:
            return None
    return float(np.mean(outside == 0)) if np.isfinite(outside).all() else None


def _grid(one: InputIdentity | None) -> Grid | None:
    matrix = _matrix(one.geometry) if one is not None and one.geometry is not None else None
    return Grid(one.geometry.dimensions, matrix) if one and one.geometry and matrix is not None else None


def _matrix(geometry: Geometry) -> FloatArray | None:
    """A matrix of a record is of any shape: a record is a file of somebody."""
    try:
        matrix = np.array(geometry.ijk_to_world_ras, dtype=np.float64)
    except ValueError:
        return None
    return matrix if matrix.shape == (4, 4) and max(map(abs, geometry.dimensions)) < 2**31 else None


def _landmark_lines(record: RunRecord) -> list[str]:
    lines = [
        "  label            role   fixed (R, A, S)                 moving (R, A, S)                before  after  mm"
    ]
    for one in record.landmarks:
        after = "" if one.after_mm is None else _number(one.after_mm)
        lines.append(
            f"  {one.label:16} {one.role:6} {_row(one.fixed_ras):31} {_row(one.moving_ras):31} "
            f"{_number(one.before_mm):7} {after}"
        )
    return lines if record.landmarks else []


def _row(values: FloatArray | tuple[float, ...]) -> str:
    return "  ".join(f"{_number(float(value)):>9}" for value in values)


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) >= _FEW_MM else f"{value:.3f}"


def _percent(part: float | None) -> str:
    return "unknown" if part is None else f"{100 * part:.0f} %"
