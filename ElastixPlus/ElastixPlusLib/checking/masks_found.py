"""What is found about the masks of a request: coverage, erosion at every resolution, landmarks that they hold back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..elastix.mask_edges import LEAST_LEFT
from ..elastix.mask_sampler import fill_fraction
from ..guidance.findings import Finding
from ..guidance.mask_findings import MaskFigures, dropped_landmark_findings, mask_findings
from .checked_request import CheckedRequest
from .mask_preparation import ROLES, mask_edge

FloatArray = npt.NDArray[np.float64]


def findings_of_masks(checked: CheckedRequest) -> list[Finding]:
    """How much the masks cover and what erosion leaves of them; touches no node, so that it may run in a thread."""
    findings: list[Finding] = []
    sides, parts = (checked.fixed_side, checked.moving_side), (checked.fixed_part, checked.moving_part)
    for role, side, part in zip(ROLES, sides, parts, strict=True):
        if side.mask is None or side.mask_voxels is None or part.mask is None:
            continue
        mask, files = part.mask, checked.parameter_files
        left = [stage.fixed_mask_left if role == "fixed" else stage.moving_mask_left for stage in checked.stages]
        count = int(np.count_nonzero(side.mask_voxels))
        figures = MaskFigures(
            role,
            voxel_count=count,
            covered_fraction=count / side.mask_voxels.size,
            inside_fraction=side.mask.inside_fraction,
            fill_fraction=min(fill_fraction(mask, file) for file in files),
            edge=mask_edge(checked.request, role) or "region",
            left_fractions=[_eroded(fractions) for fractions in left],
        )
        findings += _erosion_note(role, left)
        found = mask_findings(figures, has_fixed_mask=checked.fixed_side.mask is not None)
        leaves_out = getattr(checked.request, f"{role}_exclude") is not None  # little, and that is what it is for
        findings += [one for one in found if not (leaves_out and one.kind == "mask-covers-all")]
    return findings


def _eroded(left: Sequence[float] | None) -> Sequence[float] | None:
    """What is left at each resolution in the run, where a mask is not eroded that would lose too much."""
    return None if left is None else [part if part >= LEAST_LEFT else 1.0 for part in left]


def _erosion_note(role: str, left: Sequence[Sequence[float] | None]) -> list[Finding]:
    """What is left of a mask at each resolution of the first stage that erodes it."""
    stage = next((number for number, fractions in enumerate(left) if fractions is not None), None)
    if stage is None:
        return []
    fractions = left[stage] or ()
    percents = ", ".join(f"{100 * part:.0f}" for part in fractions)
    what = f"Keeping away from its edge leaves {percents} % of the {role} mask at the resolutions of stage {stage + 1}"
    kept = "; where that is less than a quarter, it is taken as drawn." if min(fractions) < LEAST_LEFT else "."
    return [Finding("mask-erosion", "note", what + kept)]


def dropped_landmarks(checked: CheckedRequest) -> list[Finding]:
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
