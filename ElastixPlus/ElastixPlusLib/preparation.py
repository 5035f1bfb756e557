"""Check a request against everything that would fail later. The scene is only read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import vtk
from slicer import vtkMRMLMarkupsNode, vtkMRMLScene

from .cropping import Part, part_steps
from .elastix.engine import Engine, find_engine
from .elastix.landmark_metric import landmark_weight
from .elastix.parameter_file import ParameterFile
from .errors import InputError, LandmarkError, MaskError, VolumeError
from .grid import Grid
from .guidance.findings import Finding, RefusedRequestError
from .guidance.landmark_pairing import (
    LandmarkList,
    LandmarkPairs,
    pair_landmarks,
    require_driving_pairs,
    without_outside,
)
from .mask_preparation import mask_edge, requested_mask_steps
from .mrml.landmarks import control_points
from .mrml.masks import WorldMask
from .mrml.volumes import WorldVolume, check_volume, value_check_steps, volume_in_scene, world_volume_steps
from .output_nodes import check_output_nodes
from .pair_findings import CheckedParts, finding_steps
from .presets.library import find_preset
from .presets.recipe import Recipe
from .request import RegistrationRequest
from .stage_parameters import MaskedSide, Stage, read_parameter_files, stages_of
from .starting_position import Side, StartingPosition, start_steps
from .steps import Steps, in_background

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


@dataclass(frozen=True)
class CheckedRequest:
    """A request that can run, taken out of the scene.

    :param scene: the one that the volumes are in and the result goes to.
    :param engine: what runs the stages; None for a fit of the landmarks alone.
    :param stages: one per parameter file, as elastix gets them; none for a fit of the landmarks alone.
    :param landmark_fit: kind of fit of the landmarks alone; empty for a run of elastix.
    :param fixed_part: what elastix gets of the fixed volume and its mask; ``moving_part`` likewise.
    :param pairs: the landmark pairs that are used; None without landmarks.
    :param start: the position to start from.
    :param findings: what the user should know.
    """

    request: RegistrationRequest
    scene: vtkMRMLScene
    engine: Engine | None
    stages: tuple[Stage, ...]
    landmark_fit: str
    fixed: WorldVolume
    moving: WorldVolume
    fixed_mask: WorldMask | None
    moving_mask: WorldMask | None
    fixed_part: Part
    moving_part: Part
    pairs: LandmarkPairs | None
    start: StartingPosition
    findings: tuple[Finding, ...]

    @property
    def parameter_files(self) -> tuple[ParameterFile, ...]:
        """One per stage, as elastix gets them."""
        return tuple(stage.parameters for stage in self.stages)

    @property
    def initial(self) -> vtk.vtkAbstractTransform | None:
        """The transform to start from, fixed to moving in world RAS; None for none."""
        return self.start.transform

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should read, as sentences."""
        return tuple(finding.sentence for finding in self.findings if finding.severity != "note")

    @property
    def driving_pairs(self) -> LandmarkPairs | None:
        """The pairs that pull, or None if there are none."""
        return self.pairs.driving if self.pairs is not None and self.pairs.drives.any() else None


def check_steps(request: RegistrationRequest) -> Steps[CheckedRequest]:
    """Find what would fail before it fails, in pieces of about 30 ms.

    :raises InputError: something cannot be used; its kind, cause and remedy say what.
    :raises RefusedRequestError: a finding says that the run would fail or come out wrong, and the request does not ask
        for it nevertheless.
    :raises EngineNotFoundError: there is no elastix that could be run.
    """
    _check_values(request)
    scene = _check_volumes(request)
    recipe, paths = _recipe_and_paths(request)
    findings: list[Finding] = []
    fixed_volume, moving_volume = yield from _volume_steps(request)
    pairs = _landmark_pairs(request, fixed_volume.grid, moving_volume.grid)
    findings += [Finding("landmark-account", "warning", note) for note in (pairs.notes if pairs is not None else ())]
    fixed = Side(fixed_volume, (yield from requested_mask_steps(request, "fixed", fixed_volume)))
    moving = Side(moving_volume, (yield from requested_mask_steps(request, "moving", moving_volume)))
    start = yield from start_steps(request, recipe.initial, fixed, moving, pairs, findings)
    files = yield from in_background(lambda: read_parameter_files(paths, findings))
    crop = _crop(request, recipe, files)
    fixed_part, moving_part = yield from part_steps(crop, fixed, moving, start.transform, pairs)
    sides = (MaskedSide(fixed_part, mask_edge(request, "fixed")), MaskedSide(moving_part, mask_edge(request, "moving")))
    drive = pairs is not None and bool(pairs.drives.any())
    stages = yield from in_background(lambda: stages_of(request, recipe, files, *sides, drive))
    parameters = tuple(stage.parameters for stage in stages)
    check_output_nodes(request, parameters, start.transform, recipe.landmark_fit)
    if recipe.landmark_fit and not drive:
        raise LandmarkError("A fit of landmarks needs landmarks that drive.", "Give landmarks of both volumes.")
    engine = None if recipe.landmark_fit else (yield from in_background(lambda: _engine(request)))
    parts = CheckedParts(request, engine, stages, fixed, moving, fixed_part, moving_part, pairs, start, crop)
    findings += yield from finding_steps(parts)
    if not request.despite_findings and any(finding.severity == "error" for finding in findings):
        raise RefusedRequestError(tuple(findings))
    return CheckedRequest(
        request=request,
        scene=scene,
        engine=engine,
        stages=stages,
        landmark_fit=recipe.landmark_fit,
        fixed=fixed_volume,
        moving=moving_volume,
        fixed_mask=fixed.mask,
        moving_mask=moving.mask,
        fixed_part=fixed_part,
        moving_part=moving_part,
        pairs=pairs,
        start=start,
        findings=tuple(findings),
    )


def _recipe_and_paths(request: RegistrationRequest) -> tuple[Recipe, tuple[Path, ...]]:
    if request.parameter_files:
        return Recipe(), request.parameter_files
    preset = find_preset(request.preset)
    return preset.recipe, preset.parameter_paths


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
