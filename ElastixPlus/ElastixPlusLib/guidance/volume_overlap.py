"""Whether the volumes lie on each other where the registration starts, and show the same region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..errors import Fix
from ..grid import Grid
from .findings import Finding
from .foreground import Foreground

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Start = Callable[[FloatArray], FloatArray]

DEFAULT_REQUIRED_RATIO = 0.25  # elastix's own RequiredRatioOfValidSamples

# Measured with the rigid preset on two brains, a brain and a head, and a chest, shifted along each axis: none of 54
# starts with 30 to 70 mm between the centres ended more than 5 mm off, but 4 of 18 with 90 mm and 13 of 18 with 110 mm;
# of 9 with a quarter or less of the anatomy on the other one 6 did.
_NO_ANATOMY, _LITTLE_ANATOMY = 0.05, 0.25
_FAR_APART_MM = 60.0
_SIMILAR_SIZE = 1.5
# Slicer's experts advise to crop such volumes; with the rigid preset one of 24 at 5 times went astray, none below.
_LONGER, _LARGER = 2.5, 4.0
_SPARE = 1.2  # during the optimisation more samples may leave the moving volume than at its start
_SAMPLES = 4096
_BOX_PERCENTILES, _WITHIN_BOX = (1, 99), 0.98
_THINNEST_MM = 1e-6
# Generators of a sequence that fills a cube evenly (powers of the root of x^4 = x + 1).
_EVEN_STEPS = np.array([1.22074408460575947536 ** -(power + 1) for power in range(3)])


@dataclass(frozen=True)
class SeenVolume:
    """What the check knows of one volume, as elastix will get it.

    :param foreground: its bright part, within its mask; see :func:`.foreground.foreground_of`.
    :param mask: what counts, not 0, shape (slices, rows, columns) on the grid; None for all of it.
    """

    grid: Grid
    foreground: Foreground
    mask: npt.NDArray[np.generic] | None = None


@dataclass(frozen=True)
class Overlap:
    """How far two volumes lie on each other.

    :param sampled: part of the fixed volume, or its mask, that is taken into the moving volume, and its mask; 0 to 1.
    :param anatomy: part of the bright voxels of one volume that lies in the box around those of the other, for the
        one of which more does; 0 to 1.
    :param apart_mm: distance of the two centres of gravity.
    :param longer: along each axis of the moving volume, how many times as long a region the fixed one shows: of
        anatomy or of the field of view, whichever differ less; shape (3,).
    """

    sampled: float
    anatomy: float
    apart_mm: float
    longer: FloatArray


def overlap_findings(
    fixed: SeenVolume,
    moving: SeenVolume,
    start: Start,
    *,
    required_ratio: float = DEFAULT_REQUIRED_RATIO,
    has_driving_landmarks: bool = False,
    initial: str = "none",
    crop: str = "none",
) -> tuple[Finding, ...]:
    """Say where the start leaves too little of one volume on the other, or one shows a much larger region.

    :param start: takes positions of shape (n, 3) in the fixed volume to the moving one, both world RAS millimetres;
        asked for about 8,000 positions.
    :param required_ratio: the part of the samples that has to lie in the moving volume, the largest of all stages.
    :param has_driving_landmarks: whether a start from landmarks is possible: at least 3 pairs drive.
    :param initial: what ``start`` is, as in a request; anything else, such as "transform", for a transform node.
    :param crop: what is cropped already, as in a request.
    :returns: at most one finding: about the start or, where that is good enough to tell, about the regions shown.

    >>> grid = Grid((10, 10, 10), np.eye(4))
    >>> seen = SeenVolume(grid, Foreground(sample_points(grid), 0.0))
    >>> overlap_findings(seen, seen, lambda points: points)
    ()
    >>> overlap_findings(seen, seen, lambda points: points + 50)[0].kind
    'no-overlap'
    """
    overlap = overlap_at(fixed, moving, start)
    region = _region_finding(overlap, crop)
    position = _position_finding(fixed, moving, overlap, required_ratio)
    if position is None or (position.kind == "few-samples" and region is not None):
        return () if region is None else (region,)
    if initial.startswith("landmarks") and position.kind != "no-overlap":
        # Where landmarks lay the volumes on each other, they are known better than what is bright.
        if position.kind == "far-apart":
            return () if region is None else (region,)
        remedy = "Check that the landmarks belong to these volumes and mark the same anatomy in both."
        return (replace(position, remedy=remedy),)
    fix, remedy = _better_start(fixed, moving, required_ratio, has_driving_landmarks, initial)
    if fix is None and region is not None and position.kind in ("little-overlap", "few-samples"):
        fix, remedy = region.fix, region.remedy
    return (replace(position, remedy=remedy, fix=fix),)


def overlap_at(fixed: SeenVolume, moving: SeenVolume, start: Start) -> Overlap:
    """Measure the overlap at a start; positions that the start leads nowhere (NaN) lie outside."""
    samples = _mapped(start, sample_points(fixed.grid, fixed.mask))
    mapped = _mapped(start, fixed.foreground.points_ras)
    if len(samples) == 0 or len(mapped) == 0:
        return Overlap(0.0, 0.0, float("inf"), np.ones(3))
    axes = moving.grid.ijk_to_world[:3, :3] / moving.grid.spacing_mm
    ours, theirs = mapped @ axes, moving.foreground.points_ras @ axes
    view = _lengths(samples @ axes) / (_WITHIN_BOX * np.array(moving.grid.dimensions) * moving.grid.spacing_mm)
    return Overlap(
        sampled=float(_counts(moving, samples).sum() / _SAMPLES),
        anatomy=max(_part_within(ours, theirs), _part_within(theirs, ours)),
        apart_mm=float(np.linalg.norm(mapped.mean(axis=0) - moving.foreground.center_ras)),
        longer=_nearer_to_equal(_lengths(ours) / np.maximum(_lengths(theirs), _THINNEST_MM), view),
    )


def sample_points(grid: Grid, mask: npt.NDArray[np.generic] | None = None) -> FloatArray:
    """4096 places spread evenly over a volume, or over its mask, the same ones each time.

    :param mask: what counts, not 0, shape (slices, rows, columns); None for all of the volume.
    :returns: shape (4096, 3), world RAS millimetres.
    """
    within = (0.5 + np.arange(1, _SAMPLES + 1)[:, None] * _EVEN_STEPS) % 1.0
    if mask is not None:
        chosen = np.flatnonzero(mask != 0)
        if len(chosen):
            chosen = chosen[np.linspace(0, len(chosen) - 1, _SAMPLES).astype(int)]
            at = np.stack(np.unravel_index(chosen, mask.shape), axis=1)[:, ::-1]
            return grid.positions_ras(at + within - 0.5)
    return grid.positions_ras(within * np.array(grid.dimensions) - 0.5)


def _mapped(start: Start, points_ras: FloatArray) -> FloatArray:
    mapped = np.asarray(start(points_ras), dtype=np.float64)
    return mapped[np.isfinite(mapped).all(axis=1)]


def _counts(moving: SeenVolume, points_ras: FloatArray) -> BoolArray:
    """Whether positions lie in the moving volume and its mask."""
    inside: BoolArray = moving.grid.outside_mm(points_ras) == 0
    if moving.mask is not None:
        nearest = np.rint(moving.grid.indices(points_ras)).astype(int)
        i, j, k = np.clip(nearest, 0, np.array(moving.grid.dimensions) - 1).T
        inside &= moving.mask[k, j, i] != 0
    return inside


def _box(points: FloatArray) -> FloatArray:
    box: FloatArray = np.percentile(points, _BOX_PERCENTILES, axis=0)
    return box


def _lengths(points: FloatArray) -> FloatArray:
    low, high = _box(points)
    lengths: FloatArray = high - low
    return lengths


def _part_within(points: FloatArray, others: FloatArray) -> float:
    low, high = _box(others)
    return float(((points >= low) & (points <= high)).all(axis=1).mean())


def _nearer_to_equal(one: FloatArray, other: FloatArray) -> FloatArray:
    """Of two ratios the one nearer to 1; 1 where they disagree about which side is larger."""
    logs = np.log(np.maximum(one, 1e-9)), np.log(np.maximum(other, 1e-9))
    nearer = np.where(np.abs(logs[0]) < np.abs(logs[1]), logs[0], logs[1])
    ratios: FloatArray = np.exp(np.where(logs[0] * logs[1] > 0, nearer, 0.0))
    return ratios


def _position_finding(fixed: SeenVolume, moving: SeenVolume, overlap: Overlap, required_ratio: float) -> Finding | None:
    """What is wrong with the start, still without a remedy."""
    ours = "the fixed volume" if fixed.mask is None else "the fixed mask"
    theirs = "the moving volume" if moving.mask is None else "the moving mask"
    apart = f"{overlap.apart_mm / 1000:.1f} m" if overlap.apart_mm >= 1000 else f"{overlap.apart_mm:.0f} mm"
    sampled, anatomy, needed = _percent(overlap.sampled), _percent(overlap.anatomy), _percent(required_ratio)
    ratios = np.maximum(overlap.longer, 1 / overlap.longer)
    if overlap.sampled <= 0:
        where = f"; what the volumes show is {apart} apart" if np.isfinite(overlap.apart_mm) else ""
        return Finding("no-overlap", "error", f"At the start no part of {ours} lies inside {theirs}{where}.")
    if overlap.sampled < required_ratio:
        what = f"At the start only {sampled} of {ours} lies inside {theirs}, and the preset needs {needed}."
        return Finding("little-overlap", "error", what)
    if overlap.anatomy < _LITTLE_ANATOMY:
        what = (
            f"At the start only {anatomy} of the anatomy in one volume lies where the other one shows something; the "
            f"centres of gravity are {apart} apart."
        )
        is_none = overlap.anatomy < _NO_ANATOMY
        return Finding("little-overlap-of-anatomy", "error" if is_none else "warning", what)
    if overlap.apart_mm > _FAR_APART_MM and ratios.max() < _SIMILAR_SIZE:
        what = (
            f"What the volumes show is of about the same size, but {apart} apart at the start, further than a "
            "registration reliably reaches."
        )
        return Finding("far-apart", "warning", what)
    if overlap.sampled < _SPARE * required_ratio:
        what = f"At the start {sampled} of {ours} lies inside {theirs}, hardly more than the {needed} that are needed."
        return Finding("few-samples", "warning", what)
    return None


def _better_start(
    fixed: SeenVolume, moving: SeenVolume, required_ratio: float, has_driving_landmarks: bool, initial: str
) -> tuple[Fix | None, str]:
    """The start that would bring the volumes together, as a fix and in words; one that would not is not offered."""
    if has_driving_landmarks and not initial.startswith("landmarks"):
        return _start_fix("landmarks", "the landmarks")
    for name, words, fixed_center, moving_center in (
        ("gravity", "the centres of gravity", fixed.foreground.center_ras, moving.foreground.center_ras),
        ("centers", "the centres of the volumes", fixed.grid.center_ras, moving.grid.center_ras),
    ):
        overlap = overlap_at(fixed, moving, _shift(moving_center - fixed_center))
        if name != initial and overlap.sampled >= _SPARE * required_ratio and overlap.anatomy >= _LITTLE_ANATOMY:
            return _start_fix(name, words)
    if initial.startswith("landmarks"):
        return None, "Check that the landmarks belong to these volumes and mark the same anatomy in both."
    return None, "Place at least 3 landmarks at the same anatomy in both volumes and start from them."


def _start_fix(name: str, words: str) -> tuple[Fix, str]:
    return Fix(f"Start from {words}", {"initial": name}, f"--initial {name}"), f"Start from {words}."


def _shift(by_mm: FloatArray) -> Start:
    return lambda points_ras: points_ras + by_mm


def _region_finding(overlap: Overlap, crop: str) -> Finding | None:
    """Whether one volume shows much more than the other: of the anatomy, not only of the air around it."""
    if crop == "overlap":
        return None
    for ours, theirs, ratios in (("fixed", "moving", overlap.longer), ("moving", "fixed", 1 / overlap.longer)):
        larger = float(np.prod(np.maximum(ratios, 1.0)))
        if ratios.max() > _LONGER:
            how = f"{ratios.max():.1f} times as long"
        elif larger > _LARGER:
            how = f"{larger:.1f} times as large"
        else:
            continue
        what = f"The {ours} volume shows a region {how} as the {theirs} one."
        fix = Fix("Crop to what both volumes show", {"crop": "overlap"}, "--crop overlap")
        return Finding("larger-region", "warning", what, "Crop both volumes to what the other one shows.", fix)
    return None


def _percent(part: float) -> str:
    return f"{part:.0%}" if part >= 0.095 else f"{part:.1%}"
