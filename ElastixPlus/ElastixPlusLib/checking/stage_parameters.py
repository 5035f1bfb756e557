"""The parameter files as elastix gets them: those of the preset, fitted to volumes, masks and landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..elastix.landmark_metric import add_landmark_metric, landmark_metric_index, landmark_weight
from ..elastix.mask_edges import LEAST_LEFT, with_mask_edges
from ..elastix.mask_erosion import eroded_fractions
from ..elastix.mask_sampler import (
    fill_fraction,
    mask_dimensions,
    region_fill,
    with_sampler_for_mask,
    without_mask_sampler,
)
from ..elastix.parameter_file import ParameterFile
from ..elastix.parameter_names import require_known_names
from ..elastix.parameter_values import require_sound_values
from ..elastix.pyramid_schedule import fixed_schedule, moving_schedule, resolution_count, with_safe_schedules
from ..elastix.run_parameters import prepare_for_run
from ..errors import LandmarkError
from ..guidance.findings import Finding
from ..presets.recipe import Recipe
from ..request import RegistrationRequest
from .cropping import Part

Edge = Literal["region", "artificial"]

# with_safe_schedules leaves 16 voxels of a volume; of a mask 4 are enough, as samples are drawn between them.
_MASK_SHRINKS_TIMES = 4


@dataclass(frozen=True)
class MaskedSide:
    """What the parameter files have to know of one volume and its mask.

    :param part: what elastix gets of it.
    :param edge: what the edge of the mask means; None without a mask.
    """

    part: Part
    edge: Edge | None


@dataclass(frozen=True)
class Stage:
    """One stage of a run.

    :param parameters: as elastix gets them.
    :param fixed_mask_left: what erosion leaves of the fixed mask at each resolution, 0 to 1, also where it is switched
        off; None without a mask or with an edge that is not eroded. ``moving_mask_left`` likewise.
    """

    parameters: ParameterFile
    fixed_mask_left: tuple[float, ...] | None = None
    moving_mask_left: tuple[float, ...] | None = None


def read_parameter_files(paths: Sequence[Path], findings: list[Finding]) -> tuple[ParameterFile, ...]:
    """Read parameter files and refuse what elastix would misread in silence.

    :param findings: gets what elastix may not know.
    :raises ParameterFileError: with the line of the fault.
    """
    files = tuple(ParameterFile.read(path) for path in paths)
    for file in files:
        findings += [Finding("unknown-parameter", "warning", text) for text in require_known_names(file)]
        require_sound_values(file)
    return files


def stages_of(
    request: RegistrationRequest,
    recipe: Recipe,
    files: Sequence[ParameterFile],
    fixed: MaskedSide,
    moving: MaskedSide,
    has_driving_pairs: bool,
) -> tuple[Stage, ...]:
    """Fit the parameter files of all stages to a run; touches no node.

    :param files: see :func:`read_parameter_files`.
    :raises ParameterFileError: elastix could not run them.
    :raises LandmarkError: they need landmarks that drive, and there are none.
    """
    stages = []
    for number, file in enumerate(files):
        file = with_safe_schedules(file, _dimensions_to_shrink(fixed.part), moving.part.grid.dimensions)
        left = (_left(fixed, fixed_schedule(file), "fixed"), _left(moving, moving_schedule(file), "moving"))
        file = with_mask_edges(file, fixed.edge, moving.edge, *left)
        file = _with_sampler(file, fixed.part, left[0])
        file = _with_landmarks(request, recipe, number, file, fixed.part, has_driving_pairs)
        stages.append(Stage(prepare_for_run(file, seed=request.seed), *left))
    return tuple(stages)


def _dimensions_to_shrink(part: Part) -> Sequence[int]:
    """How many voxels a pyramid has to leave something of: those of the volume, fewer where a mask is small."""
    if part.mask is None:
        return part.grid.dimensions
    around_mask = mask_dimensions(part.mask)
    return [
        min(count, _MASK_SHRINKS_TIMES * used) for count, used in zip(part.grid.dimensions, around_mask, strict=True)
    ]


def _with_sampler(file: ParameterFile, fixed: Part, left: Sequence[float] | None) -> ParameterFile:
    """Samplers that find enough in the fixed mask, also in what is left of it where it is eroded."""
    if fixed.mask is None:
        return without_mask_sampler(file)
    eroded = [part for part in left or () if part >= LEAST_LEFT]
    fill = fill_fraction(fixed.mask, file) * min(eroded, default=1.0)
    return with_sampler_for_mask(file, fill, region_fill(fixed.mask, tuple(fixed.grid.spacing_mm), file))


def _left(
    side: MaskedSide, schedule: Sequence[Sequence[int]], role: Literal["fixed", "moving"]
) -> tuple[float, ...] | None:
    if side.part.mask is None or side.edge != "artificial":
        return None
    return eroded_fractions(side.part.mask, schedule, role)


def _with_landmarks(
    request: RegistrationRequest, recipe: Recipe, number: int, file: ParameterFile, fixed: Part, drive: bool
) -> ParameterFile:
    if drive:
        weights = _weights(request, recipe, number, file)
        return add_landmark_metric(file, weights, _grey_value_variance(file, fixed.voxels))
    if landmark_metric_index(file) is not None:
        name = file.path.name if file.path is not None else "of a stage"
        raise LandmarkError(
            f"The parameter file {name} uses landmarks, but no landmarks drive.",
            "Give landmarks of both volumes, or choose another preset.",
        )
    return file


def _weights(request: RegistrationRequest, recipe: Recipe, number: int, file: ParameterFile) -> Sequence[float] | float:
    weight = landmark_weight(request.landmark_weight)
    pull = recipe.landmark_pull[number] if number < len(recipe.landmark_pull) else ()
    if not pull:
        return weight
    factors = (*pull, *(pull[-1:] * resolution_count(file)))[: resolution_count(file)]
    return [weight * factor for factor in factors]


def _grey_value_variance(parameter_file: ParameterFile, voxels: npt.NDArray[np.generic]) -> float | None:
    """Mean squares grow with the square of the grey values; the other metrics do not need to know it."""
    if "AdvancedMeanSquares" not in (parameter_file.get("Metric") or ()):
        return None
    return float(np.var(voxels[::2, ::2, ::2].astype(np.float64)))
