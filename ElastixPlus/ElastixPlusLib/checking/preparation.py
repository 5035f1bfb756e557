"""Check a request against everything that would fail later. The scene is only read."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from slicer import vtkMRMLMarkupsNode, vtkMRMLScene

from ..elastix.engine import Engine, find_engine
from ..elastix.landmark_metric import landmark_weight
from ..elastix.parameter_file import ParameterFile
from ..errors import InputError, LandmarkError, MaskError, VolumeError
from ..grid import Grid
from ..guidance.findings import Finding, RefusedRequestError, worst_first
from ..guidance.landmark_pairing import (
    LandmarkList,
    LandmarkPairs,
    pair_landmarks,
    require_driving_pairs,
    without_outside,
)
from ..mrml.landmarks import control_points
from ..mrml.volumes import WorldVolume, check_volume, value_check_steps, volume_in_scene, world_volume_steps
from ..presets.preset import Preset, PresetStage
from ..presets.recipe import Recipe, stages_to_run
from ..presets_at_hand import preset_at_hand
from ..request import RegistrationRequest
from ..steps import Steps, in_background
from .checked_request import CheckedRequest
from .cropping import part_steps
from .further_pairs import FurtherPairs, check_further_volumes, further_pair_steps
from .mask_preparation import ROLES, mask_edge
from .output_nodes import check_output_nodes
from .pair_findings import finding_steps
from .parameter_findings import lost_region_findings
from .preset_needs import (
    mask_need_findings,
    mask_of_preset_findings,
    mask_of_preset_steps,
    own_weight_findings,
    require_landmarks,
    require_pairs_of_volumes,
    with_masks_of_recipe,
)
from .stage_parameters import MaskedSide, read_parameter_files, stages_of
from .starting_position import Side, start_steps

_CROPS = ("auto", "overlap", "none")
# Sampled by transformix where MRML cannot express them, on the part of the volume that elastix got.
_KINDS_TO_CROP = (
    "TranslationTransform",
    "EulerTransform",
    "SimilarityTransform",
    "AffineTransform",
    "BSplineTransform",
    "RecursiveBSplineTransform",
)


def check_steps(request: RegistrationRequest) -> Steps[CheckedRequest]:
    """Find what would fail before it fails, in pieces of about 30 ms.

    :raises InputError: something cannot be used; its kind, cause and remedy say what.
    :raises RefusedRequestError: a finding says that the run would fail or come out wrong, and the request does not ask
        for it nevertheless.
    :raises EngineNotFoundError: there is no elastix that could be run.
    """
    _check_values(request)
    scene, asked = _check_volumes(request), request
    findings: list[Finding] = []
    has_files = bool(request.exact_parameters or request.parameter_files)
    preset = None if has_files else preset_at_hand(request.preset, scene)
    if preset is not None:
        require_pairs_of_volumes(request, preset)
        request = with_masks_of_recipe(request, preset.recipe)
        findings += mask_need_findings(request, preset)
    fixed_volume, moving_volume = yield from _volume_steps(request)
    further = yield from further_pair_steps(request)
    pairs = _landmark_pairs(request, fixed_volume.grid, moving_volume.grid)
    if preset is not None:
        require_landmarks(request, preset, pairs is not None and bool(pairs.drives.any()))
    lost: list[Finding] = []
    request, fixed_mask = yield from mask_of_preset_steps(request, asked, "fixed", fixed_volume, lost)
    request, moving_mask = yield from mask_of_preset_steps(request, asked, "moving", moving_volume, lost)
    findings += [*mask_of_preset_findings(request, asked), *lost]
    sides = Side(fixed_volume, fixed_mask), Side(moving_volume, moving_mask)
    checked = yield from _fitted_steps(request, preset, *sides, further, pairs, findings)
    found = worst_first([*findings, *(yield from finding_steps(checked))])
    if not request.despite_findings and found and found[0].severity == "error":
        raise RefusedRequestError(found)
    return replace(checked, findings=found)


def _fitted_steps(
    request: RegistrationRequest,
    preset: Preset | None,
    fixed: Side,
    moving: Side,
    further: FurtherPairs,
    pairs: LandmarkPairs | None,
    findings: list[Finding],
) -> Steps[CheckedRequest]:
    """Choose start, parts, parameters and engine for what was taken out of the scene."""
    recipe, given = _recipe_and_stages(request, preset)
    drive = pairs is not None and bool(pairs.drives.any())
    if recipe.landmark_fit and not drive:
        raise LandmarkError("A fit of landmarks needs landmarks that drive.", "Give landmarks of both volumes.")
    start = yield from start_steps(request, recipe.initial, fixed, moving, pairs, findings)
    made = yield from in_background(lambda: read_parameter_files(given, request, recipe, findings))
    recipe, running = stages_to_run(
        made.recipe, len(made.files), drive and landmark_weight(request.landmark_weight) > 0
    )
    files = tuple(made.files[number] for number in running)
    findings += own_weight_findings(request, files, drive)
    crop = "none" if further.fixed else _crop(request, recipe, files)
    parts = yield from part_steps(crop, fixed, moving, start.transform, pairs)
    grids = further.fixed_grids, further.moving_grids
    sides = [MaskedSide(part, mask_edge(request, role), of) for part, role, of in zip(parts, ROLES, grids, strict=True)]
    made_stages = yield from in_background(lambda: stages_of(request, recipe, files, sides[0], sides[1], drive))
    stages = made_stages.stages
    parameters = tuple(stage.parameters for stage in stages)
    findings += lost_region_findings(files, parameters)
    check_output_nodes(request, parameters, start.transform, recipe.landmark_fit)
    engine = None if recipe.landmark_fit else (yield from in_background(lambda: _engine(request)))
    return CheckedRequest(
        *(request, request.fixed.GetScene(), engine, stages, recipe.landmark_fit, fixed, moving),
        *(*parts, pairs, start, crop),
        further=further,
        image_count=made_stages.image_count,
    )


def _recipe_and_stages(request: RegistrationRequest, preset: Preset | None) -> tuple[Recipe, tuple[PresetStage, ...]]:
    if preset is None and request.exact_parameters:
        return Recipe(), tuple(PresetStage(f"stage {n}", text=text) for n, text in enumerate(request.exact_parameters))
    if preset is None:
        return Recipe(), tuple(PresetStage(Path(path).name, Path(path)) for path in request.parameter_files)
    return preset.recipe, preset.stages


def _crop(request: RegistrationRequest, recipe: Recipe, files: tuple[ParameterFile, ...]) -> str:
    """How to crop: not where a stage's transform has to be sampled, or where elastix looks for the middle itself."""
    crop = request.crop if request.crop != "auto" else recipe.crop
    can_crop = all(
        file.first("Transform", "") in _KINDS_TO_CROP
        and file.first("BSplineTransformSplineOrder", "3") != "2"
        and file.first("HowToCombineTransforms", "Compose") == "Compose"
        and file.first("AutomaticTransformInitialization", "false") == "false"
        for file in files
    )
    return crop if can_crop else "none"


def _engine(request: RegistrationRequest) -> Engine:
    return find_engine(
        request.engine, bundled_folders=request.bundled_folders, host_environment=request.host_environment
    )


def _check_values(request: RegistrationRequest) -> None:
    """What a script easily gets wrong and Python would not notice."""
    if request.threads is not None and request.threads < 1:
        raise InputError(f"{request.threads} threads cannot compute anything.", "Give a number of 1 or more.")
    if isinstance(request.check_labels, str):
        raise LandmarkError(f"The check labels are one text, {request.check_labels!r}.", "Give a list of labels.")
    if isinstance(request.parameter_files, (str, Path)):
        raise InputError("The parameter files are one name.", "Give a list of them, one per stage.")
    if isinstance(request.overrides, str):
        raise InputError(f"The changes are one text, {request.overrides!r}.", "Give a list of changes.")
    if not math.isfinite(request.mask_margin_mm):
        raise MaskError(f"The margin of the masks is {request.mask_margin_mm} mm.", "Give a number of millimetres.")
    if request.crop not in _CROPS:
        raise InputError(f"{request.crop!r} is no way to crop.", f"Choose {', '.join(_CROPS)}.")
    if request.transform_kind not in ("exact", "grid"):
        raise InputError(f"{request.transform_kind!r} is no kind of result.", "Choose exact or grid.")
    for side, node in (("fixed", request.fixed_landmarks), ("moving", request.moving_landmarks)):
        if node is not None and not isinstance(node, vtkMRMLMarkupsNode):
            raise LandmarkError(f"The {side} landmarks are no point list.", "Give a markups node.")


def _check_volumes(request: RegistrationRequest) -> vtkMRMLScene:
    if request.fixed is not None and request.fixed is request.moving:
        raise VolumeError("The fixed and the moving volume are the same.", "Choose two different volumes.")
    check_volume(request.fixed, "fixed")
    check_volume(request.moving, "moving")
    scene = request.fixed.GetScene()
    if scene is None:
        raise VolumeError(
            "The fixed volume is in no scene.", "Add it to a scene, and keep the scene: nodes do not keep it alive."
        )
    if scene is not request.moving.GetScene():
        raise VolumeError("The two volumes are not in the same scene.", "Add both to one scene and try again.")
    check_further_volumes(request)
    return scene


def _volume_steps(request: RegistrationRequest) -> Steps[tuple[WorldVolume, WorldVolume]]:
    fixed = volume_in_scene(request.fixed, request.output_transform)
    moving = volume_in_scene(request.moving, request.output_transform)
    yield from value_check_steps(fixed, "fixed")
    yield from value_check_steps(moving, "moving")
    return (yield from world_volume_steps(fixed)), (yield from world_volume_steps(moving))


def _landmark_pairs(request: RegistrationRequest, fixed: Grid, moving: Grid) -> LandmarkPairs | None:
    landmark_weight(request.landmark_weight)
    if request.fixed_landmarks is None and request.moving_landmarks is None:
        if request.check_labels:
            raise LandmarkError("There are check labels, but no landmarks.", "Give both lists of landmarks as well.")
        return None
    if request.fixed_landmarks is None or request.moving_landmarks is None:
        missing = "fixed" if request.fixed_landmarks is None else "moving"
        raise LandmarkError(f"The {missing} landmarks are missing.", "Give landmarks of both volumes, or of none.")
    pairs = pair_landmarks(
        LandmarkList(*control_points(request.fixed_landmarks, request.output_transform)),
        LandmarkList(*control_points(request.moving_landmarks, request.output_transform)),
        request.check_labels,
        request.skip_unusable_landmarks,
    )
    pairs = without_outside(
        pairs, fixed.outside_mm(pairs.fixed_ras), moving.outside_mm(pairs.moving_ras), request.skip_unusable_landmarks
    )
    require_driving_pairs(pairs)
    return pairs
