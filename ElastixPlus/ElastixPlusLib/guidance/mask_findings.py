"""Whether the masks leave enough to register by, and what they leave out without a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..errors import Fix
from .findings import Finding

_MOSTLY_INSIDE = 0.99
_NEARLY_ALL = 0.95
_SMALL = 0.01
# A joint histogram of 32 x 32 classes with fewer voxels than half its cells says little about two volumes.
_FEWEST_VOXELS = 500
_LITTLE_LEFT = 0.1
# elastix draws in the box around the mask, at most ten times as often as it needs samples.
_STARVES = 0.1
_SMALL_MOVING = 0.5
_NAMED_IN_MESSAGE = 5
_WITHOUT_MOVING_MASK = Fix("Use no moving mask", {"moving_mask": None, "moving_mask_segments": ()})


@dataclass(frozen=True)
class MaskFigures:
    """What the check knows of one mask.

    :param role: "fixed" or "moving".
    :param voxel_count: voxels that it covers, on the grid of its volume.
    :param covered_fraction: part of the volume that it covers, 0 to 1.
    :param inside_fraction: part of the mask as drawn that lies within the volume, 0 to 1.
    :param fill_fraction: part of the box around it that it covers, 0 to 1.
    :param edge: what the edge means: "region" for anatomy, "artificial" for the end of what is valid.
    :param left_fractions: for each stage the part that erosion leaves at each resolution, 0 to 1; None for a stage
        without erosion, and where there is none at all.
    """

    role: Literal["fixed", "moving"]
    voxel_count: int
    covered_fraction: float
    inside_fraction: float = 1.0
    fill_fraction: float = 1.0
    edge: Literal["region", "artificial"] = "region"
    left_fractions: Sequence[Sequence[float] | None] | None = None


def mask_findings(mask: MaskFigures, *, has_fixed_mask: bool = False) -> tuple[Finding, ...]:
    """Say where a mask leaves too little, does nothing, or holds more back than is meant.

    :param has_fixed_mask: whether there is a fixed mask as well, for a moving one.
    :returns: a note on how much it covers, or what is wrong with it; in no order.

    >>> mask_findings(MaskFigures("fixed", 100_000, 0.0125))[0].what
    'The fixed mask covers 1.2% of the fixed volume.'
    """
    found = [*_eroded(mask), *_size(mask), *_outside(mask)]
    if mask.role == "moving" and has_fixed_mask:
        found += _two_masks(mask)
    if mask.role == "fixed" and mask.fill_fraction < _STARVES:
        what = (
            f"The fixed mask fills only {_percent(mask.fill_fraction)} of the box around it, so samples are drawn in "
            "the mask alone."
        )
        found.append(Finding("hollow-mask", "note", what))
    return tuple(found)


def dropped_landmark_findings(
    labels: Sequence[str],
    covered_at_moving: npt.NDArray[np.bool_],
    covered_at_start: npt.NDArray[np.bool_],
    *,
    mask_is_needed: bool = False,
) -> tuple[Finding, ...]:
    """Name the landmarks that elastix leaves out without a word because of the moving mask.

    A pair pulls only while the place that its fixed landmark is taken to lies in the moving mask.

    :param labels: of the driving pairs.
    :param covered_at_moving: whether the moving landmark lies in the moving mask; shape (n,).
    :param covered_at_start: whether the fixed landmark, taken to the moving volume by the start, does; shape (n,).
    :param mask_is_needed: whether the moving mask keeps out what means nothing, so that it cannot be left out.

    >>> dropped_landmark_findings(("AC", "PC"), np.array([True, False]), np.array([True, True]))[0].what
    'Of 2 driving landmarks these lie outside the moving mask and do not pull in the end: PC.'
    """
    findings = []
    never = [label for label, covered in zip(labels, covered_at_moving, strict=True) if not covered]
    late = [
        label
        for label, at_end, at_start in zip(labels, covered_at_moving, covered_at_start, strict=True)
        if at_end and not at_start
    ]
    remedy = "Enlarge the moving mask around them" + ("." if mask_is_needed else ", or leave it out.")
    fix = None if mask_is_needed else _WITHOUT_MOVING_MASK
    if never:
        what = (
            f"Of {len(labels)} driving landmarks these lie outside the moving mask and do not pull in the end: "
            f"{_named(never)}."
        )
        findings.append(Finding("dropped-landmarks", "warning", what, remedy, fix))
    if late:
        what = (
            f"Of {len(labels)} driving landmarks these begin outside the moving mask and do not pull before they are "
            f"in it: {_named(late)}."
        )
        is_bad = len(late) + len(never) == len(labels)
        findings.append(Finding("late-landmarks", "warning" if is_bad else "note", what, remedy, fix))
    return tuple(findings)


def _size(mask: MaskFigures) -> list[Finding]:
    role, covered = mask.role, mask.covered_fraction
    if mask.voxel_count < _FEWEST_VOXELS:
        what = f"The {role} mask covers only {mask.voxel_count} voxels, too few to compare grey values by."
        return [Finding("tiny-mask", "warning", what, "Enlarge the mask, for example with a margin.")]
    what = f"The {role} mask covers {_percent(covered)} of the {role} volume."
    if covered >= _NEARLY_ALL:
        return [Finding("mask-covers-all", "note", what, "Leave it out: it makes hardly a difference.")]
    if covered < _SMALL:
        return [
            Finding("small-mask", "warning", what, "Add a margin, so that some of the surroundings is seen as well.")
        ]
    return [Finding("mask-coverage", "note", what)]


def _eroded(mask: MaskFigures) -> list[Finding]:
    """Where erosion leaves nothing elastix fails; where it leaves little it sees little."""
    if mask.left_fractions is None:
        return []
    left = [
        (fraction, stage, resolution)
        for stage, fractions in enumerate(mask.left_fractions, 1)
        for resolution, fraction in enumerate(fractions or (), 1)
    ]
    if not left:
        return []
    fraction, stage, resolution = min(left)
    count = round(fraction * mask.voxel_count)
    if fraction >= _LITTLE_LEFT and count >= _FEWEST_VOXELS:
        return []
    place = f"at resolution {resolution} of stage {stage}"
    remains = "nothing" if count == 0 else f"only {_percent(fraction)} ({count} voxels)"
    what = f"Keeping away from its edge leaves {remains} of the {mask.role} mask {place}."
    remedy = "Say that the edge of the mask is anatomy, or enlarge the mask."
    fix = Fix("Take the mask as drawn", {"mask_edge": "region"}, "--mask-edge region")
    return [Finding("eroded-mask", "error" if count == 0 else "warning", what, remedy, fix)]


def _outside(mask: MaskFigures) -> list[Finding]:
    if mask.inside_fraction >= _MOSTLY_INSIDE:
        return []
    what = f"Only {mask.inside_fraction:.0%} of the {mask.role} mask lies within the {mask.role} volume."
    remedy = "Check that the mask was drawn on this volume and lies under the same transform."
    return [Finding("mask-outside", "warning", what, remedy)]


def _two_masks(mask: MaskFigures) -> list[Finding]:
    if mask.edge != "region" or mask.covered_fraction >= _SMALL_MOVING:
        return []
    what = (
        "Samples that are taken outside of the moving mask count as if they had left the moving volume; for a region "
        "of interest the fixed mask is enough."
    )
    remedy = "Leave out the moving mask, unless the grey values beyond it mean nothing."
    return [Finding("moving-region", "note", what, remedy, _WITHOUT_MOVING_MASK)]


def _named(labels: Sequence[str]) -> str:
    shown = ", ".join(labels[:_NAMED_IN_MESSAGE])
    more = len(labels) - _NAMED_IN_MESSAGE
    return shown if more <= 0 else f"{shown} and {more} more"


def _percent(part: float) -> str:
    return f"{part:.0%}" if part >= 0.095 else f"{100 * part:.2g}%"
