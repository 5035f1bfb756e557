"""The parameter files as elastix gets them: those of the preset, fitted to volumes, masks and landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..elastix.image_pairs import images_needed, with_image_pairs
from ..elastix.landmark_metric import (
    add_landmark_metric,
    landmark_metric_index,
    landmark_weight,
    needs_grey_values,
    why_landmarks_cannot_pull,
)
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
from ..elastix.pyramid_schedule import fixed_schedule, moving_schedule, resolution_count, with_safe_schedules
from ..elastix.run_parameters import prepare_for_run
from ..errors import Fix, LandmarkError, ParameterFileError
from ..grid import Grid
from ..guidance.findings import Finding
from ..presets.overrides import Overridden, overridden, parse_override
from ..presets.preset import PresetStage
from ..presets.recipe import Recipe
from ..request import RegistrationRequest
from .cropping import Part
from .further_pairs import box_share
from .parameter_findings import parameter_findings

Edge = Literal["region", "artificial"]

# with_safe_schedules leaves 16 voxels of a volume; of a mask 4 are enough, as samples are drawn between them.
_MASK_SHRINKS_TIMES = 4
# Takes the fixed landmarks for the places that its own parameters move.
_SPLINE_OF_LANDMARKS = "SplineKernelTransform"
_NO_PULL = Fix("Let the landmarks only start and measure", {"landmark_weight": 0.0}, "--landmark-weight 0")


@dataclass(frozen=True)
class MaskedSide:
    """What the parameter files have to know of one volume and its mask.

    :param part: what elastix gets of it.
    :param edge: what the edge of the mask means; None without a mask.
    :param further: the voxels of the further volumes of this side.
    """

    part: Part
    edge: Edge | None
    further: tuple[Grid, ...] = ()


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


@dataclass(frozen=True)
class Stages:
    """All stages of a run.

    :param stages: in order.
    :param image_count: how many volumes of each side elastix has to be given, see :class:`.image_pairs.PairedFiles`.
    """

    stages: tuple[Stage, ...]
    image_count: int


def read_parameter_files(
    stages: Sequence[PresetStage], request: RegistrationRequest, recipe: Recipe, findings: list[Finding]
) -> Overridden:
    """Read parameter files, make the changes of this run, and refuse what elastix would misread in silence.

    :param stages: files on disk, or texts of a preset that lies in a scene.
    :param recipe: of the preset.
    :param findings: gets what elastix may not know, and what was changed besides.
    :raises PresetError: a change is not understood, or is for a stage or a parameter that does not exist.
    :raises ParameterFileError: with the line of the fault.
    """
    # Those of a record have been changed already.
    overrides = [parse_override(text) for text in request.overrides] if not request.exact_parameters else []
    made = overridden([stage.read() for stage in stages], overrides, recipe)
    findings += [Finding("fitted-to-changes", "note", note) for note in made.notes]
    findings += parameter_findings(made.files)
    return made


def stages_of(
    request: RegistrationRequest,
    recipe: Recipe,
    files: Sequence[ParameterFile],
    fixed: MaskedSide,
    moving: MaskedSide,
    has_driving_pairs: bool,
) -> Stages:
    """Fit the parameter files of all stages to a run; touches no node.

    :param files: see :func:`read_parameter_files`; those of a record stay as they are.
    :raises ParameterFileError: elastix could not run them.
    :raises LandmarkError: they need landmarks that drive, and there are none.
    """
    fitted, left_of = [], []
    if request.exact_parameters:
        return Stages(tuple(map(Stage, files)), images_needed(files, 1 + len(fixed.further)))
    for number, file in enumerate(files):
        file = with_safe_schedules(file, _dimensions_to_shrink(fixed), _dimensions(moving))
        left = (_left(fixed, fixed_schedule(file), "fixed"), _left(moving, moving_schedule(file), "moving"))
        file = with_mask_edges(file, fixed.edge, moving.edge, *left)
        file = _with_sampler(file, fixed, left[0])
        fitted.append(_with_landmarks(request, recipe, number, file, fixed.part, has_driving_pairs))
        left_of.append(left)
    paired = with_image_pairs(fitted, 1 + len(fixed.further))
    made = zip(paired.files, left_of, strict=True)
    return Stages(tuple(Stage(prepare_for_run(file, seed=request.seed), *left) for file, left in made), paired.count)


def _dimensions(side: MaskedSide) -> list[int]:
    """Voxels along i, j, k, the fewest of all volumes of a side: they share the pyramids' schedules."""
    return [min(counts) for counts in zip(*(grid.dimensions for grid in (side.part.grid, *side.further)), strict=True)]


def _dimensions_to_shrink(side: MaskedSide) -> Sequence[int]:
    """How many voxels a pyramid has to leave something of: those of the volume, fewer where a mask is small."""
    if side.part.mask is None:
        return _dimensions(side)
    around_mask = mask_dimensions(side.part.mask)
    return [min(count, _MASK_SHRINKS_TIMES * used) for count, used in zip(_dimensions(side), around_mask, strict=True)]


def _with_sampler(file: ParameterFile, side: MaskedSide, left: Sequence[float] | None) -> ParameterFile:
    """Samplers that find enough in the fixed mask, also in what is left of it where it is eroded."""
    fixed = side.part
    if fixed.mask is None:
        return without_mask_sampler(file)
    eroded = [part for part in left or () if part >= LEAST_LEFT]
    share = box_share(fixed.mask, fixed.grid, side.further)
    fill = fill_fraction(fixed.mask, file) * min(eroded, default=1.0) * share
    of_region = region_fill(fixed.mask, tuple(fixed.grid.spacing_mm), file) * share
    return with_sampler_for_mask(file, fill, of_region)


def _left(
    side: MaskedSide, schedule: Sequence[Sequence[int]], role: Literal["fixed", "moving"]
) -> tuple[float, ...] | None:
    if side.part.mask is None or side.edge != "artificial":
        return None
    return eroded_fractions(side.part.mask, schedule, role)


def _with_landmarks(
    request: RegistrationRequest, recipe: Recipe, number: int, file: ParameterFile, fixed: Part, drive: bool
) -> ParameterFile:
    has_metric = landmark_metric_index(file) is not None
    if drive:
        weights = _weights(request, recipe, number, file)
        if not has_metric and why_landmarks_cannot_pull(file) and not np.any(weights):
            return file
        try:
            return add_landmark_metric(file, weights, _grey_value_variance(file, fixed.voxels))
        except ParameterFileError as error:
            error.fix = None if has_metric else _NO_PULL
            raise
    if has_metric or file.first("Transform", "") == _SPLINE_OF_LANDMARKS:
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
    if not needs_grey_values(parameter_file):
        return None
    return float(np.var(voxels[::2, ::2, ::2].astype(np.float64)))
