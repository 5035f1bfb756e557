"""Look at a pair of volumes with everything that guides it, and gather what all checks find."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import vtk

from ..guidance.findings import Finding
from ..guidance.foreground import Foreground, foreground_of
from ..guidance.initial_alignment import FEWEST_PAIRS
from ..guidance.landmark_findings import landmark_findings
from ..guidance.landmark_pairing import NOTE_BY_ORDER
from ..guidance.landmark_start import start_findings
from ..guidance.measured_region import measured_region_findings
from ..guidance.volume_overlap import DEFAULT_REQUIRED_RATIO, SeenVolume, overlap_findings
from ..guidance.volume_sense import spacing_pair_findings, volume_findings
from ..mrml.frames import array_from_matrix
from ..steps import Steps, in_background
from .checked_request import CheckedRequest
from .further_pairs import further_pair_findings
from .mask_preparation import ROLES
from .masks_found import dropped_landmarks, findings_of_masks
from .run_findings import run_findings
from .starting_position import Side

FloatArray = npt.NDArray[np.float64]


def finding_steps(checked: CheckedRequest) -> Steps[list[Finding]]:
    """All findings, in pieces of about 30 ms; the scene is only read."""
    findings = yield from _landmark_finding_steps(checked)
    if not checked.stages:  # a fit of the landmarks alone does not look at the images
        return findings
    sides = (checked.fixed_side, checked.moving_side)
    nodes = (checked.request.fixed, checked.request.moving)
    foregrounds = []
    for role, side, node in zip(ROLES, sides, nodes, strict=True):
        look = _look_at_volume(role, side, str(node.GetName()), bool(node.IsA("vtkMRMLLabelMapVolumeNode")))
        foreground, found = yield from in_background(look)
        foregrounds.append(foreground)
        findings += found
    of_units = spacing_pair_findings(checked.fixed.grid, checked.moving.grid, *foregrounds)
    if of_units:  # nothing lies where it should
        findings += of_units
    else:
        findings += yield from _overlap_steps(checked, *foregrounds)
    grids = (checked.fixed.grid, checked.moving.grid)
    findings += yield from in_background(lambda: further_pair_findings(grids, checked.further))
    findings += yield from in_background(lambda: findings_of_masks(checked))
    findings += dropped_landmarks(checked)
    findings += yield from in_background(lambda: run_findings(checked))
    return findings


def _landmark_finding_steps(checked: CheckedRequest) -> Steps[list[Finding]]:
    pairs, start, grid = checked.pairs, checked.start.name, checked.fixed.grid
    if pairs is None:
        return []
    extent_mm = float(np.linalg.norm(np.array(grid.dimensions) * grid.spacing_mm))
    by_order = NOTE_BY_ORDER in pairs.notes
    found = yield from in_background(
        lambda: landmark_findings(pairs, paired_by_order=by_order, volume_extent_mm=extent_mm, start=start)
    )
    if not checked.stages:  # a fit of the landmarks finds every position
        return list(found)
    mapped = checked.starts_at(pairs.fixed_ras)
    return [*found, *(yield from in_background(lambda: start_findings(pairs, mapped, start=start)))]


def _look_at_volume(
    role: str, side: Side, name: str, is_labelmap: bool
) -> Callable[[], tuple[Foreground, tuple[Finding, ...]]]:
    volume, mask = side.volume, side.mask_voxels

    def look() -> tuple[Foreground, tuple[Finding, ...]]:
        found = volume_findings(role, volume.voxels, volume.grid, is_labelmap=is_labelmap, name=name)
        if mask is None:
            found += measured_region_findings(role, volume.voxels)
        return foreground_of(volume.voxels, volume.grid, mask), found

    return look


def _overlap_steps(checked: CheckedRequest, fixed: Foreground, moving: Foreground) -> Steps[list[Finding]]:
    required = [
        file.first("RequiredRatioOfValidSamples", str(DEFAULT_REQUIRED_RATIO)) for file in checked.parameter_files
    ]
    driving = int(checked.pairs.drives.sum()) if checked.pairs is not None else 0
    sides = (checked.fixed_side, checked.moving_side)
    seen_fixed, seen_moving = (
        SeenVolume(side.volume.grid, foreground, side.mask_voxels)
        for side, foreground in zip(sides, (fixed, moving), strict=True)
    )
    has_mask = any(side.mask is not None for side in sides)
    start, is_linear = _mapping(checked)

    def look() -> list[Finding]:
        found = overlap_findings(
            seen_fixed,
            seen_moving,
            start,
            required_ratio=max(float(text) for text in required),
            has_driving_landmarks=driving >= FEWEST_PAIRS,
            initial=checked.start.name,
            crop="overlap" if has_mask else checked.crop,  # a mask is meant to show less than the other volume
        )
        return list(found)

    if is_linear:
        return (yield from in_background(look))
    found = look()
    yield
    return found


def _mapping(checked: CheckedRequest) -> tuple[Callable[[FloatArray], FloatArray], bool]:
    """What the start does to positions of shape (n, 3), and whether it does it without VTK, so in any thread."""
    transform = checked.start.transform
    if transform is None:
        return (lambda points_ras: points_ras), True
    if not isinstance(transform, vtk.vtkTransform):
        return checked.starts_at, False
    matrix = array_from_matrix(transform.GetMatrix())
    return (lambda points_ras: points_ras @ matrix[:3, :3].T + matrix[:3, 3]), True
