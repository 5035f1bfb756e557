"""What the check says about the arrangement of landmarks: what it cannot determine, and what it cannot check."""

from __future__ import annotations

import math

from .findings import Finding, Severity
from .initial_alignment import flatness
from .landmark_layout import (
    FEWEST_FOR_AFFINE,
    FEWEST_FOR_TURN,
    NEARLY_FLAT,
    SAME_PLACE_MM,
    at_driving_pair,
    error_at_reach,
    farthest_apart_mm,
    self_fit_degrees,
)
from .landmark_pairing import LandmarkPairs, named

# From the middle of the landmarks to the rim of what is imaged, as part of the diagonal of the volume.
_RIM = 1 / 3
_LARGEST_ERROR = 6.0
_CLOSE_TOGETHER = 0.2
_ALMOST_A_LINE = 0.15
_ORDINARY_TRIANGLES = 3


def layout_findings(
    pairs: LandmarkPairs, *, paired_by_order: bool, volume_extent_mm: float, start: str = "none"
) -> tuple[Finding, ...]:
    """What the places of the landmarks in the fixed volume determine badly.

    Where the start does not come from landmarks, elastix looks at the images as well, and this is only worth knowing.

    :param paired_by_order: as in :func:`.landmark_findings.landmark_findings`.
    :param volume_extent_mm: diagonal of the fixed volume.
    :param start: the position to start from, as in a request.

    >>> import numpy as np
    >>> line = LandmarkPairs(tuple("abc"), np.eye(3) * 0 + [[0], [40], [90]], np.zeros((3, 3)), np.ones(3, dtype=bool))
    >>> [finding.kind for finding in layout_findings(line, paired_by_order=False, volume_extent_mm=300)]
    ['landmarks-on-a-line', 'no-check-landmarks']
    """
    found = [*_driving_findings(pairs, volume_extent_mm, start)]
    if paired_by_order:
        found += _symmetry_findings(pairs)
    return (*found, *_check_findings(pairs))


def _driving_findings(pairs: LandmarkPairs, volume_extent_mm: float, start: str) -> list[Finding]:
    """The first thing that the driving pairs do not determine."""
    points = pairs.driving.fixed_ras
    count, from_landmarks = len(points), start.startswith("landmarks")
    fewest = FEWEST_FOR_AFFINE if start == "landmarks-affine" else FEWEST_FOR_TURN
    impossible: Severity = "error" if from_landmarks else "note"
    if count == 0 and not from_landmarks:
        return []
    if count < fewest:
        return [
            Finding(
                "few-driving-landmarks",
                impossible,
                f"{count} driving {'pair does' if count == 1 else 'pairs do'} not determine how the volumes are "
                f"{'sheared' if fewest == FEWEST_FOR_AFFINE else 'turned'}; that takes {fewest}.",
                "Place more landmarks, or start from the centres of the volumes." if from_landmarks else "",
            )
        ]
    across, thick = flatness(points)
    if across < NEARLY_FLAT:
        return [
            Finding(
                "landmarks-on-a-line",
                impossible,
                "The driving landmarks lie on one line and do not determine how the volumes are turned about it.",
                "Place one more landmark beside the line.",
            )
        ]
    if start == "landmarks-affine" and thick < NEARLY_FLAT:
        return [
            Finding(
                "landmarks-in-a-plane",
                "error",
                "The driving landmarks lie in one plane and do not determine how the volume is stretched across it.",
                "Place one more landmark beside the plane, or start from the landmarks without stretching.",
            )
        ]
    return _narrow_findings(pairs, volume_extent_mm, from_landmarks)


def _narrow_findings(pairs: LandmarkPairs, volume_extent_mm: float, from_landmarks: bool) -> list[Finding]:
    """Landmarks that determine the far side of the volume badly."""
    points = pairs.driving.fixed_ras
    error_mm, apart_mm = error_at_reach(points, _RIM * volume_extent_mm), farthest_apart_mm(points)
    if error_mm <= _LARGEST_ERROR or not math.isfinite(error_mm):
        return []
    if apart_mm < _CLOSE_TOGETHER * volume_extent_mm:
        place = f"lie close together, within {apart_mm:.0f} mm"
    elif flatness(points)[0] < _ALMOST_A_LINE:
        place = "lie nearly on one line"
    else:
        place = "are few and not far apart"
    return [
        Finding(
            "narrow-landmarks",
            "warning" if from_landmarks else "note",
            f"The driving landmarks {place}: an error of 1 mm in placing them becomes about {error_mm:.0f} mm at the "
            "rim of the volume.",
            "Add landmarks far from the others.",
        )
    ]


def _symmetry_findings(pairs: LandmarkPairs) -> list[Finding]:
    """A wrong order of a pattern fits as well as the right one. Three landmarks often make a pattern by chance."""
    degrees = self_fit_degrees(pairs.driving.fixed_ras)
    if degrees is None:
        return []
    is_ordinary = len(pairs.driving.labels) <= _ORDINARY_TRIANGLES
    return [
        Finding(
            "symmetric-landmarks",
            "note" if is_ordinary else "warning",
            f"Turned by {degrees:.0f} degrees, the driving landmarks fall on each other again, and they are paired by "
            "order: a wrong order could not be noticed.",
            "Give partners the same label, or add a landmark that breaks the pattern.",
        )
    ]


def _check_findings(pairs: LandmarkPairs) -> list[Finding]:
    if pairs.drives.all():
        return [
            Finding(
                "no-check-landmarks",
                "note",
                "All landmark pairs drive, so that none of them can tell how well the volumes fit afterwards.",
                "Use some pairs only to check.",
            )
        ]
    beside = at_driving_pair(pairs.fixed_ras, pairs.drives)
    if not beside.any():
        return []
    names = named([label for label, is_beside in zip(pairs.labels, beside, strict=True) if is_beside])
    return [
        Finding(
            "check-landmarks-beside-driving",
            "note",
            f"Within {SAME_PLACE_MM:.0f} mm of a driving landmark, these check what the run was told: {names}.",
            "Check at places far from the driving landmarks.",
        )
    ]
