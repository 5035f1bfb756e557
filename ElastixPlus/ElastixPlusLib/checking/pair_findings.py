"""Look at a pair of volumes with everything that guides it, and gather what all checks find."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..elastix.mask_sampler import fill_fraction
from ..guidance.findings import Finding
from ..guidance.foreground import Foreground, foreground_of
from ..guidance.landmark_findings import landmark_findings
from ..guidance.landmark_pairing import NOTE_BY_ORDER
from ..guidance.landmark_start import start_findings
from ..guidance.mask_findings import MaskFigures, dropped_landmark_findings, mask_findings
from ..guidance.volume_overlap import DEFAULT_REQUIRED_RATIO, SeenVolume, overlap_findings
from ..guidance.volume_sense import spacing_pair_findings, volume_findings
from ..steps import Steps, in_background
from .checked_request import CheckedRequest
from .mask_preparation import ROLES, mask_edge
from .run_findings import run_findings
from .starting_position import Side

FloatArray = npt.NDArray[np.float64]

_FEWEST_FOR_A_START = 3


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
    findings += spacing_pair_findings(checked.fixed.grid, checked.moving.grid, *foregrounds)
    findings += _overlap(checked, *foregrounds)
    yield
    findings += yield from in_background(lambda: _masks(checked))
    findings += _dropped_landmarks(checked)
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
        return foreground_of(volume.voxels, volume.grid, mask), found

    return look


def _masks(checked: CheckedRequest) -> list[Finding]:
    findings: list[Finding] = []
    sides, parts = (checked.fixed_side, checked.moving_side), (checked.fixed_part, checked.moving_part)
    for role, side, part in zip(ROLES, sides, parts, strict=True):
        if side.mask is None or side.mask_voxels is None or part.mask is None:
            continue
        mask, files = part.mask, checked.parameter_files
        left = [stage.fixed_mask_left if role == "fixed" else stage.moving_mask_left for stage in checked.stages]
        eroded = [fractions for fractions in left if fractions is not None]
        count = int(np.count_nonzero(side.mask_voxels))
        figures = MaskFigures(
            role,
            voxel_count=count,
            covered_fraction=count / side.mask_voxels.size,
            inside_fraction=side.mask.inside_fraction,
            fill_fraction=min(fill_fraction(mask, file) for file in files),
            edge=mask_edge(checked.request, role) or "region",
            left_fractions=eroded or None,
        )
        findings += mask_findings(figures)
    return findings


def _overlap(checked: CheckedRequest, fixed: Foreground, moving: Foreground) -> list[Finding]:
    required = [
        file.first("RequiredRatioOfValidSamples", str(DEFAULT_REQUIRED_RATIO)) for file in checked.parameter_files
    ]
    driving = int(checked.pairs.drives.sum()) if checked.pairs is not None else 0
    has_mask = checked.fixed_side.mask is not None or checked.moving_side.mask is not None
    return list(
        overlap_findings(
            SeenVolume(checked.fixed.grid, fixed, checked.fixed_side.mask_voxels),
            SeenVolume(checked.moving.grid, moving, checked.moving_side.mask_voxels),
            checked.starts_at,
            required_ratio=max(float(text) for text in required),
            has_driving_landmarks=driving >= _FEWEST_FOR_A_START,
            initial=checked.start.name,
            crop="overlap" if has_mask else checked.crop,  # a mask is meant to show less than the other volume
        )
    )


def _dropped_landmarks(checked: CheckedRequest) -> list[Finding]:
    """elastix leaves out, without a word, a landmark that is mapped to a place outside the moving mask."""
    pairs, mask, grid = checked.pairs, checked.moving_side.mask_voxels, checked.moving.grid
    if pairs is None or mask is None or not pairs.drives.any():
        return []
    driving = pairs.driving

    def covered(points_ras: FloatArray) -> npt.NDArray[np.bool_]:
        indices = np.rint(grid.indices(points_ras)).astype(int)
        i, j, k = np.clip(indices, 0, np.array(grid.dimensions) - 1).T
        inside: npt.NDArray[np.bool_] = (mask[k, j, i] != 0) & (grid.outside_mm(points_ras) == 0)
        return inside

    is_needed = mask_edge(checked.request, "moving") == "artificial"
    return list(
        dropped_landmark_findings(
            driving.labels,
            covered(driving.moving_ras),
            covered(checked.starts_at(driving.fixed_ras)),
            mask_is_needed=is_needed,
        )
    )
