"""Whether a volume is fit to be registered by its grey values: size, contrast, outliers, labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..grid import Grid
from .findings import Finding
from .foreground import Foreground

FloatArray = npt.NDArray[np.float64]
Voxels = npt.NDArray[np.generic]

_SMALLEST_MM, _LARGEST_MM = 5.0, 2500.0
# Slices of 5 mm with pixels of 0.4 mm are everyday; twenty times is not.
_UNEVEN, _VERY_UNEVEN = 5.0, 20.0
# A unit error scales all directions alike; another field of view hardly does.
_UNITS = ((1000.0, "millimetres", "metres"), (100.0, "centimetres", "metres"), (10.0, "millimetres", "centimetres"))
_UNIT_TOLERANCE = 1.7
_SAMPLES = 200_000
_FAINT = 1e-3
_FEW_VALUES = 8
_NEARLY_ALL = 0.999
# Neighbours beyond the background that have the same value: 1 to 24 of 100 in brains and CT of 8 to 16 bits, 61 in a
# brain of 4 bits; 77 to 100 in label volumes.
_FLAT, _VERY_FLAT = 0.75, 0.85
# With a twentieth of the range a registration of brains or of a chest still came out right, only less exactly.
_CROWDED, _VERY_CROWDED = 0.1, 0.05
_BOX_PERCENTILES = (1, 99)


@dataclass(frozen=True)
class _Values:
    """Rows of a volume, evenly taken.

    :param rows: whole rows, shape (n, columns), at least 2 columns.
    :param lowest: of all voxels; ``highest`` likewise.
    """

    rows: FloatArray
    lowest: float
    highest: float

    @cached_property
    def quantiles(self) -> FloatArray:
        """Of 0.1, 1, 99 and 99.9 percent."""
        found: FloatArray = np.quantile(self.rows, (0.001, 0.01, 0.99, 0.999))
        return found

    @cached_property
    def distinct(self) -> tuple[int, float, float]:
        """How many different values there are, the one that is most frequent, and which part of the voxels has it."""
        values, counts = np.unique(self.rows, return_counts=True)
        at = int(counts.argmax())
        return len(values), float(values[at]), float(counts[at] / counts.sum())

    @cached_property
    def flat(self) -> float:
        """Which part of the pairs of neighbours has the same value, without the most frequent value, 0 to 1."""
        one, next_one = self.rows[:, :-1], self.rows[:, 1:]
        background = self.distinct[1]
        shown = (one != background) & (next_one != background)
        return int(np.count_nonzero(shown & (one == next_one))) / max(int(np.count_nonzero(shown)), 1)

    @property
    def are_whole(self) -> bool:
        """Whether all values are whole numbers."""
        return bool((self.rows == np.rint(self.rows)).all())


def volume_findings(role: str, voxels: Voxels, grid: Grid, *, is_labelmap: bool, name: str) -> tuple[Finding, ...]:
    """Say what makes a volume doubtful for a registration by grey values; takes some ten milliseconds.

    :param role: "fixed" or "moving".
    :param voxels: shape (slices, rows, columns), finite and not all the same.
    :param is_labelmap: whether the node says that the values are labels.
    :param name: of the volume, for the sentences.

    >>> voxels, grid = np.arange(1000).reshape(10, 10, 10), Grid((10, 10, 10), np.diag([0.001, 0.001, 0.001, 1]))
    >>> [finding.kind for finding in volume_findings("fixed", voxels, grid, is_labelmap=False, name="CT")]
    ['volume-size']
    """
    what = f"the {role} volume {name}"
    values = _values(voxels)
    labels = _label_findings(what, values, is_labelmap)
    found = [*_size_findings(what, grid), *_spacing_findings(what, grid), *labels]
    if not labels:
        found += _contrast_findings(what, values) or _outlier_findings(what, values)
    return tuple(found)


def spacing_pair_findings(
    fixed: Grid, moving: Grid, fixed_foreground: Foreground, moving_foreground: Foreground
) -> tuple[Finding, ...]:
    """Say whether one volume shows everything 10, 100 or 1000 times as large as the other, as wrong units do.

    :param fixed_foreground: the bright part of the volume; its extents along the axes of the grid are compared.
    """
    sizes = [_extents_mm(fixed, fixed_foreground), _extents_mm(moving, moving_foreground)]
    ratios = sizes[0] / np.maximum(sizes[1], 1e-12)
    larger, smaller, sign = ("fixed", "moving", 1) if np.prod(ratios) >= 1 else ("moving", "fixed", -1)
    for factor, small_unit, large_unit in _UNITS:
        deviations = ratios**sign / factor
        if deviations.max() > _UNIT_TOLERANCE or deviations.min() < 1 / _UNIT_TOLERANCE:
            continue
        long_mm, short_mm = max(size.max() for size in sizes), min(size.max() for size in sizes)
        what = (
            f"What the {larger} volume shows is about {factor:g} times as large as in the {smaller} volume "
            f"({long_mm:.3g} mm and {short_mm:.3g} mm long), as if one were in {small_unit} and the other in "
            f"{large_unit}."
        )
        wrong = larger if long_mm > _LARGEST_MM else smaller
        remedy = f"Correct the spacing of the {wrong} volume in the Volumes module."
        return (Finding("unit-mismatch", "error" if factor > 10 else "warning", what, remedy),)
    return ()


def _values(voxels: Voxels) -> _Values:
    slices, rows, columns = voxels.shape
    step = max(1, int(np.ceil((slices * rows * columns / _SAMPLES) ** 0.5)))
    steps = min(step, slices), max(1, int(np.ceil(step * step / min(step, slices))))
    taken = voxels[steps[0] // 2 :: steps[0], steps[1] // 2 :: steps[1]]
    return _Values(taken.astype(np.float64).reshape(-1, columns), float(voxels.min()), float(voxels.max()))


def _extents_mm(grid: Grid, foreground: Foreground) -> FloatArray:
    """Lengths of the bright part along the axes of the grid, from the shortest to the longest; shape (3,)."""
    along = foreground.points_ras @ (grid.ijk_to_world[:3, :3] / grid.spacing_mm)
    low, high = np.percentile(along, _BOX_PERCENTILES, axis=0)
    lengths: FloatArray = np.sort(high - low + grid.spacing_mm)
    return lengths


def _size_findings(what: str, grid: Grid) -> list[Finding]:
    longest_mm = float((np.array(grid.dimensions) * grid.spacing_mm).max())
    if longest_mm < _SMALLEST_MM:
        sentence = f"{_upper(what)} is only {longest_mm:.2g} mm long, as if metres had been taken for millimetres."
    elif longest_mm > _LARGEST_MM:
        sentence = f"{_upper(what)} is {longest_mm / 1000:.3g} m long, longer than a person."
    else:
        return []
    remedy = "Check the spacing of this volume in the Volumes module and correct it there."
    return [Finding("volume-size", "warning", sentence, remedy)]


def _spacing_findings(what: str, grid: Grid) -> list[Finding]:
    shortest, longest = float(grid.spacing_mm.min()), float(grid.spacing_mm.max())
    if longest <= _UNEVEN * shortest:
        return []
    sentence = (
        f"The voxels of {what} are {longest:.3g} mm long along one axis and {shortest:.3g} mm along another "
        f"({longest / shortest:.0f} times)."
    )
    if longest <= _VERY_UNEVEN * shortest:
        return [Finding("uneven-spacing", "note", sentence)]
    return [Finding("uneven-spacing", "warning", sentence, "Check its spacing, and resample it if that is right.")]


def _label_findings(what: str, values: _Values, is_labelmap: bool) -> list[Finding]:
    count, background, _ = values.distinct
    limit = _FLAT if count <= _FEW_VALUES else _VERY_FLAT
    looks_so = count == 2 or (values.are_whole and values.flat >= limit)
    if is_labelmap and not looks_so:
        sentence = f"{_upper(what)} is loaded as a label volume, although its values look like grey values."
        return [Finding("grey-values-as-labels", "warning", sentence, "Convert it to a scalar volume.")]
    if not looks_so:
        return []
    is_sure = count > 2 and (is_labelmap or values.flat >= _VERY_FLAT)
    how = "is" if is_labelmap else "looks like"
    share = "" if count == 2 else f", and {values.flat:.0%} of the neighbouring voxels beyond {background:g} are equal"
    values_there = "2 different values" if count == 2 else f"about {count} different values"
    sentence = f"{_upper(what)} {how} a label volume: it has {values_there}{share}."
    remedy = (
        "Register the volumes that the labels were drawn on and apply the result to the labels, or register distance "
        "maps of the labels."
    )
    return [Finding("label-volume", "error" if is_sure else "warning", sentence, remedy)]


def _contrast_findings(what: str, values: _Values) -> list[Finding]:
    _, low, high, _ = values.quantiles
    count, usual, share = values.distinct
    if low == high:
        differing = f"Only {1 - share:.1%}" if share < _NEARLY_ALL else f"Fewer than {1 - _NEARLY_ALL:.1%}"
        sentence = f"{differing} of the voxels of {what} differ from {usual:g}."
        remedy = "Choose a volume that shows more of the anatomy, or crop it to where it does."
    elif high - low < _FAINT * max(abs(low), abs(high)):
        sentence = f"{_upper(what)} has nearly no contrast: its grey values lie between {low:.6g} and {high:.6g}."
        remedy = "Choose a volume that shows the anatomy."
    elif count <= _FEW_VALUES:
        sentence = f"{_upper(what)} has only {count} different grey values."
        remedy = "Choose the volume as the scanner has made it."
    else:
        return []
    return [Finding("little-contrast", "warning", sentence, remedy)]


def _outlier_findings(what: str, values: _Values) -> list[Finding]:
    low, _, _, high = values.quantiles
    used = (high - low) / (values.highest - values.lowest)
    if used > _CROWDED:
        return []
    sentence = (
        f"Nearly all voxels of {what} lie between {low:.6g} and {high:.6g}, but single ones between "
        f"{values.lowest:.6g} and {values.highest:.6g}: {1 - used:.0%} of that range is empty, and contrast is lost."
    )
    remedy = "Limit the grey values to the range of the anatomy, for example with Threshold Scalar Volume."
    return [Finding("grey-value-outliers", "warning" if used <= _VERY_CROWDED else "note", sentence, remedy)]


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
