"""How large a run gets: control points, memory, and the space that its folder takes on the disk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from ..elastix.parameter_file import ParameterFile
from ..elastix.pyramid_schedule import fixed_schedule, moving_schedule, resolution_count
from ..errors import Fix
from ..grid import Grid
from .findings import Finding

_SPLINES = ("BSplineTransform", "RecursiveBSplineTransform")
_DEFAULT_SPACING_MM = 8.0  # seen in 5.0.1 and 5.3.1
_DEFAULT_SPLINE_ORDER = 3
_MANY_POINTS, _TOO_MANY_POINTS = 250_000, 2_000_000

# Measured with elastix 5.0.1 and itk-elastix 0.25.4 (elastix 5.3.1) on cubes of 64 to 256 voxels a side, two brains,
# and grids of 500 to 314,000 control points, two threads; see memory_needed_bytes.
_MIB = 2**20
_PROGRAM_BYTES = {"elastix": 50 * _MIB, "itk-elastix": 200 * _MIB}
_POINT_BYTES = {"elastix": 600.0, "itk-elastix": 1000.0}
_VOXEL_BYTES, _LEVEL_VOXEL_BYTES, _LARGER_VOLUME_BYTES = 8.0, 4.6, 5.0
_FULL_SAMPLER_BYTES = 25.0
# Each measurement adds to a table of how coefficients go together, which is full with about one per control point.
_ESTIMATION_POINT_BYTES, _ESTIMATION_SHARE, _ESTIMATION_POWER = 15_300.0, 1.12, 0.2
_BYTES_PER_NUMBER = 4
_DEFAULT_BINS = 32

# The estimate is right within a third.
_UNCERTAIN = 1.5
_SPARE_DISK = 1.1


def control_points(parameter_file: ParameterFile, fixed: Grid) -> int:
    """How many control points the B-spline of a stage has at its finest resolution; 0 without B-spline.

    elastix takes ceil(length of the volume / spacing) + order along each axis, where a spacing is the final one times
    that of the resolution in the schedule; counted in the transform files of 5.0.1 and 5.3.1.

    :param fixed: the grid of the fixed volume that elastix gets.

    >>> file = ParameterFile.parse('(Transform "BSplineTransform")\\n(FinalGridSpacingInPhysicalUnits 10)')
    >>> import numpy as np
    >>> control_points(file, Grid((100, 100, 45), np.eye(4)))  # 13 x 13 x 8
    1352
    """
    if parameter_file.first("Transform", "") not in _SPLINES:
        return 0
    order = int(_number(parameter_file.first("BSplineTransformSplineOrder", ""), _DEFAULT_SPLINE_ORDER))
    counts: list[int] = []
    for factors in _grid_schedule(parameter_file):
        spacings_mm = [
            final * factor for final, factor in zip(_final_spacing_mm(parameter_file, fixed), factors, strict=True)
        ]
        lengths_mm = [count * spacing for count, spacing in zip(fixed.dimensions, fixed.spacing_mm, strict=True)]
        along = [
            math.ceil(length / spacing - 1e-9) + order for length, spacing in zip(lengths_mm, spacings_mm, strict=True)
        ]
        counts.append(math.prod(along))
    return max(counts)


def grid_findings(parameter_files: Sequence[ParameterFile], fixed: Grid) -> tuple[Finding, ...]:
    """Say where control points are so many that a run takes very long, and where their spacing is not told clearly.

    >>> import numpy as np
    >>> file = ParameterFile.parse('(Transform "BSplineTransform")\\n(FinalGridSpacingInVoxels 2)')
    >>> grid_findings([file], Grid((200, 200, 200), np.eye(4)))[0].what
    'Stage 1 has 1.1 million control points 2 mm apart.'
    """
    found = []
    for stage, file in enumerate(parameter_files, 1):
        if file.first("Transform", "") not in _SPLINES:
            continue
        if unclear := _unclear_spacing(file, stage):
            found.append(unclear)
            continue
        count = control_points(file, fixed)
        if count <= _MANY_POINTS:
            continue
        spacing_mm = min(_final_spacing_mm(file, fixed))
        enough_mm = spacing_mm * (count / _MANY_POINTS) ** (1 / 3)
        many = "" if count <= _TOO_MANY_POINTS else ", far more than volumes of this size can tell"
        what = f"Stage {stage} has {_count(count)} control points {spacing_mm:.2g} mm apart{many}."
        remedy = f"Choose a preset with control points about {enough_mm:.2g} mm apart, or crop the volumes."
        found.append(Finding("huge-grid", "warning", what, remedy))
    return tuple(found)


def memory_needed_bytes(
    parameter_files: Sequence[ParameterFile],
    fixed: Grid,
    moving: Grid,
    engine_name: str,
    further: Sequence[tuple[Grid, Grid]] = (),
) -> int:
    """Estimate the most memory that elastix takes, within about a third.

    Per voxel of each volume 8 bytes and 4.6 for each level of its pyramid that has all voxels; 25 bytes per fixed voxel
    for the full sampler. Besides, the larger of two: 5 bytes per voxel of the larger volume while the pyramids are
    made; per control point 0.6 kB (itk-elastix 1 kB), or up to 15 kB where the step size is estimated in the original
    way. Of 50 measurements each is between 6% below and 27% above: two brains of 8.7 and 7.1 million voxels take 264
    MiB with elastix 5.0.1 and 409 MiB with itk-elastix, estimated 313 and 463; cubes of 384 voxels 1381 MiB, estimated
    1752; 97,336 control points on a cube of 128 voxels 948 and 1097 MiB, estimated 894 and 1044. Two and three
    pairs, or a pyramid for each metric, on cubes of 160 voxels are estimated 5 to 24% above.

    :param parameter_files: as elastix gets them, one per stage.
    :param engine_name: "elastix" or "itk-elastix", as :class:`.engine.Engine` says.
    :param further: fixed and moving volumes besides, as often as elastix is given them.
    """
    engine_name = engine_name if engine_name in _PROGRAM_BYTES else "elastix"
    pairs = [(fixed, moving), *further]
    stages = [_stage_bytes(file, pairs, _POINT_BYTES[engine_name]) for file in parameter_files]
    return round(_PROGRAM_BYTES[engine_name] + max(stages, default=0.0))


def memory_findings(needed_bytes: int, available_bytes: int | None, *, crop: str = "none") -> tuple[Finding, ...]:
    """Compare what a run needs with what there is.

    :param available_bytes: see :func:`.memory.available_memory_bytes`; None where it is not known.
    :param crop: what is cropped already, as in a request.

    >>> memory_findings(6 * 2**30, 4 * 2**30)[0].what
    'Elastix will need about 6.0 GB of memory, and 4.0 GB are free.'
    """
    if available_bytes is None or needed_bytes <= available_bytes:
        return ()
    what = f"Elastix will need about {_gigabytes(needed_bytes)} of memory, and {_gigabytes(available_bytes)} are free."
    remedy = "Close other programs, crop the volumes, or register copies with larger voxels."
    fix = Fix("Crop to what both volumes show", {"crop": "overlap"}, "--crop overlap") if crop != "overlap" else None
    is_sure = needed_bytes > _UNCERTAIN * available_bytes
    return (Finding("little-memory", "error" if is_sure else "warning", what, remedy, fix),)


def disk_findings(needed_bytes: int, free_bytes: int | None, folder: Path) -> tuple[Finding, ...]:
    """Compare what a run writes with what is free on the disk.

    :param free_bytes: what ``shutil.disk_usage(folder).free`` says; None where it is not known.
    :param folder: where the run folder is made.

    >>> disk_findings(2**30, 2**29, Path("/tmp"))[0].severity
    'error'
    """
    if free_bytes is None or free_bytes >= _SPARE_DISK * needed_bytes:
        return ()
    what = (
        f"The run will write about {_gigabytes(needed_bytes)} to {folder}, and {_gigabytes(free_bytes)} are free there."
    )
    remedy = "Free space on that disk, or choose another folder for the run."
    return (Finding("little-disk", "error" if free_bytes < needed_bytes else "warning", what, remedy),)


def _stage_bytes(file: ParameterFile, pairs: Sequence[tuple[Grid, Grid]], point_bytes: float) -> float:
    counts = [[float(math.prod(grid.dimensions)) for grid in pair] for pair in pairs]
    # What makes the pyramids is given back before the grid is set up.
    total = max(
        _LARGER_VOLUME_BYTES * max(map(max, counts)), _grid_bytes(file, control_points(file, pairs[0][0]), point_bytes)
    )
    for side, of_side in zip(("Fixed", "Moving"), zip(*counts, strict=True), strict=True):
        # every metric with a pyramid of its own has one of its own volume, or of the only one
        pyramids = len(file.get(f"{side}ImagePyramid") or ("",))
        used = of_side[:pyramids] if len(of_side) > 1 else of_side * pyramids
        total += _VOXEL_BYTES * sum(of_side) + _LEVEL_VOXEL_BYTES * _whole_levels(file, side) * sum(used)
    samplers = file.get("ImageSampler") or ()
    total += sum(
        _FULL_SAMPLER_BYTES * counts[min(at, len(pairs) - 1)][0] for at, one in enumerate(samplers) if one == "Full"
    )
    return total


def _whole_levels(file: ParameterFile, side: str) -> float:
    """How many copies of the whole volume the levels of a pyramid amount to."""
    kind = file.first(f"{side}ImagePyramid", f"{side}RecursiveImagePyramid")
    schedule = fixed_schedule(file) if side == "Fixed" else moving_schedule(file)
    if "Generic" in kind:
        return 1.0  # makes one level at a time
    if "Smoothing" in kind:
        return float(len(schedule))
    return sum(1 / math.prod(factors) for factors in schedule)


def _grid_bytes(file: ParameterFile, points: int, point_bytes: float) -> float:
    total = point_bytes * points
    optimizer = file.first("Optimizer", "AdaptiveStochasticGradientDescent")
    estimates = (
        optimizer.startswith("AdaptiveStochastic") and file.first("AutomaticParameterEstimation", "true") == "true"
    )
    if estimates and file.first("ASGDParameterEstimationMethod", "Original") == "Original":
        given = [_number(text, 0.0) for text in file.get("NumberOfJacobianMeasurements") or ()]
        per_point = max(given) / max(points, 1) if given and max(given) > 0 else 1.0
        full = min(1.0, _ESTIMATION_SHARE * per_point**_ESTIMATION_POWER)
        total = max(total, _ESTIMATION_POINT_BYTES * full * points)
    if file.first("UseFastAndLowMemoryVersion", "true") == "false":
        bins = _number(file.first("NumberOfHistogramBins", ""), _DEFAULT_BINS)
        total += 3 * points * bins**2 * _BYTES_PER_NUMBER
    return total


def _unclear_spacing(file: ParameterFile, stage: int) -> Finding | None:
    """What elastix refuses only after the volumes have been exported and read."""
    if "FinalGridSpacingInVoxels" in file and "FinalGridSpacingInPhysicalUnits" in file:
        what = f"Stage {stage} gives the spacing of control points twice, in millimetres and in voxels."
        remedy = "Remove one of FinalGridSpacingInPhysicalUnits and FinalGridSpacingInVoxels from its parameter file."
        return Finding("unclear-grid", "error", what, remedy)
    given, resolutions = len(file.get("GridSpacingSchedule") or ()), resolution_count(file)
    if given in (0, resolutions, 3 * resolutions):
        return None
    what = f"Stage {stage} has {given} factors for the spacing of control points at {resolutions} resolutions."
    remedy = f"Give {resolutions} or {3 * resolutions} numbers as GridSpacingSchedule in its parameter file."
    return Finding("unclear-grid", "error", what, remedy)


def _final_spacing_mm(file: ParameterFile, fixed: Grid) -> list[float]:
    """Distance of control points along i, j, k; the first number stands in for those that are missing."""
    for name, unit in (
        ("FinalGridSpacingInPhysicalUnits", (1.0, 1.0, 1.0)),
        ("FinalGridSpacingInVoxels", fixed.spacing_mm),
    ):
        texts = file.get(name)
        if texts:
            filled = (*texts[:3], *texts[:1] * 3)[:3]
            return [_number(text, _DEFAULT_SPACING_MM) * float(step) for text, step in zip(filled, unit, strict=True)]
    return [_DEFAULT_SPACING_MM] * 3


def _grid_schedule(file: ParameterFile) -> list[list[float]]:
    """Factors of the spacing along i, j, k, for each resolution."""
    resolutions = resolution_count(file)
    given = [_number(text, 1.0) for text in file.get("GridSpacingSchedule") or ()]
    if len(given) == 3 * resolutions:
        return [given[3 * level : 3 * level + 3] for level in range(resolutions)]
    if len(given) == resolutions:
        return [[factor] * 3 for factor in given]
    return [[2.0**level] * 3 for level in reversed(range(resolutions))]


def _number(text: str, otherwise: float) -> float:
    """A number above 0; what is none is refused elsewhere."""
    try:
        number = float(text)
    except ValueError:
        return otherwise
    return number if 0 < number < math.inf else otherwise


def _count(count: int) -> str:
    return f"{count / 1e6:.1f} million" if count >= 1e6 else f"{count:,}"


def _gigabytes(count: int) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
