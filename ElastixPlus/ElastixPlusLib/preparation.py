"""Check a request against everything that would fail later. The scene is only read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkMRMLMarkupsNode, vtkMRMLScene, vtkMRMLTransformableNode, vtkMRMLTransformNode

from .elastix.engine import Engine, find_engine
from .elastix.landmark_metric import add_landmark_metric, landmark_metric_index, landmark_weight
from .elastix.mask_edges import with_mask_edge
from .elastix.parameter_file import ParameterFile
from .elastix.parameter_names import require_known_names
from .elastix.parameter_values import require_sound_values
from .elastix.pyramid_schedule import with_safe_schedules
from .elastix.run_parameters import prepare_for_run
from .errors import InitialTransformError, InputError, LandmarkError, MaskError, VolumeError
from .grid import Grid
from .guidance.initial_alignment import center_alignment, is_coplanar, rigid_alignment
from .guidance.landmark_pairing import (
    LandmarkList,
    LandmarkPairs,
    pair_landmarks,
    require_driving_pairs,
    without_outside,
)
from .mrml.landmarks import control_points
from .mrml.masks import WorldMask, mask_steps
from .mrml.transforms import is_identity, is_result_between, linear_transform, transform_from_parent_steps
from .mrml.volumes import (
    WorldVolume,
    check_volume,
    value_check_steps,
    volume_in_scene,
    voxel_array,
    world_volume_steps,
)
from .presets.library import find_preset
from .request import RegistrationRequest
from .steps import Steps, in_background

if TYPE_CHECKING:
    from .request import MaskNode

_MOSTLY_INSIDE = 0.99
_LINEAR_KINDS = ("TranslationTransform", "EulerTransform", "SimilarityTransform", "AffineTransform")
_SPLINE_KINDS = ("BSplineTransform", "RecursiveBSplineTransform")


@dataclass(frozen=True)
class CheckedRequest:
    """A request that can run, taken out of the scene.

    :param scene: the one that the volumes are in and the result goes to.
    :param parameter_files: one per stage, as elastix gets them.
    :param pairs: the landmark pairs that are used; None without landmarks.
    :param initial: the transform to start from, fixed to moving in world RAS; None for none.
    :param warnings: sentences that the user should read.
    """

    request: RegistrationRequest
    scene: vtkMRMLScene
    engine: Engine
    parameter_files: tuple[ParameterFile, ...]
    fixed: WorldVolume
    moving: WorldVolume
    fixed_mask: WorldMask | None
    moving_mask: WorldMask | None
    pairs: LandmarkPairs | None
    initial: vtk.vtkAbstractTransform | None
    warnings: tuple[str, ...]

    @property
    def driving_pairs(self) -> LandmarkPairs | None:
        """The pairs that pull, or None if there are none."""
        return self.pairs.driving if self.pairs is not None and self.pairs.drives.any() else None


def check_steps(request: RegistrationRequest) -> Steps[CheckedRequest]:
    """Find what would fail before it fails, in pieces of about 30 ms.

    :raises InputError: something cannot be used; its kind, cause and remedy say what.
    :raises EngineNotFoundError: there is no elastix that could be run.
    """
    _check_values(request)
    scene = _check_volumes(request)
    fixed, moving = yield from _volume_steps(request)
    warnings: list[str] = []
    pairs = _landmark_pairs(request, fixed.grid, moving.grid)
    warnings += pairs.notes if pairs is not None else ()
    initial = yield from _initial_transform_steps(request, fixed.grid, moving.grid, pairs, warnings)
    fixed_mask = yield from _mask_steps(request, "fixed", fixed.grid, warnings)
    moving_mask = yield from _mask_steps(request, "moving", moving.grid, warnings)
    _warn_of_dropped_landmarks(pairs, moving.grid, moving_mask, warnings)
    drive = pairs is not None and bool(pairs.drives.any())
    voxels, dimensions = fixed.voxels, (fixed.grid.dimensions, moving.grid.dimensions)
    parameter_files = yield from in_background(lambda: _parameter_files(request, voxels, dimensions, drive, warnings))
    _check_output_nodes(request, parameter_files, initial)
    engine = yield from in_background(lambda: _engine(request))
    return CheckedRequest(
        request, scene, engine, parameter_files, fixed, moving, fixed_mask, moving_mask, pairs, initial, tuple(warnings)
    )


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


def _initial_transform_steps(
    request: RegistrationRequest, fixed: Grid, moving: Grid, pairs: LandmarkPairs | None, warnings: list[str]
) -> Steps[vtk.vtkAbstractTransform | None]:
    if request.initial in ("auto", "none"):
        return None
    if request.initial == "centers":
        return linear_transform(center_alignment(fixed.center_ras, moving.center_ras))
    if request.initial == "landmarks":
        if pairs is None or not pairs.drives.any():
            raise LandmarkError("A start from landmarks needs landmarks that drive.", "Give landmarks of both volumes.")
        driving = pairs.driving
        matrix = rigid_alignment(driving.fixed_ras, driving.moving_ras)
        if is_coplanar(driving.fixed_ras):
            warnings.append(
                "The driving landmarks lie nearly in one plane: the start is determined, but an error in placing "
                "them tilts it easily."
            )
        return linear_transform(matrix)
    if isinstance(request.initial, vtkMRMLTransformNode):
        return (yield from transform_from_parent_steps(request.initial))
    raise InitialTransformError(
        f"{request.initial!r} is no position to start from.", "Choose none, landmarks, centers or a transform node."
    )


def _mask_steps(
    request: RegistrationRequest, role: Literal["fixed", "moving"], grid: Grid, warnings: list[str]
) -> Steps[WorldMask | None]:
    is_fixed = role == "fixed"
    node: MaskNode | None = request.fixed_mask if is_fixed else request.moving_mask
    segments = request.fixed_mask_segments if is_fixed else request.moving_mask_segments
    if node is None:
        if segments:
            raise MaskError(
                f"There are segments for the {role} mask, but no segmentation.", "Give the segmentation too."
            )
        return None
    mask = yield from mask_steps(node, grid, role, segments, request.mask_margin_mm, request.output_transform)
    if mask.inside_fraction < _MOSTLY_INSIDE:
        warnings.append(f"Only {mask.inside_fraction:.0%} of the {role} mask lies within the {role} volume.")
    return mask


def _warn_of_dropped_landmarks(
    pairs: LandmarkPairs | None, moving: Grid, mask: WorldMask | None, warnings: list[str]
) -> None:
    """elastix leaves out, without a word, a landmark that is mapped to a place outside the moving mask."""
    if pairs is None or mask is None or not pairs.drives.any():
        return
    driving = pairs.driving
    indices = np.rint(moving.indices(driving.moving_ras)).astype(int)
    inside = np.clip(indices, 0, np.array(moving.dimensions) - 1)
    covered = voxel_array(mask.image)[inside[:, 2], inside[:, 1], inside[:, 0]] != 0
    dropped = [label for label, is_covered in zip(driving.labels, covered, strict=True) if not is_covered]
    if dropped:
        warnings.append(
            f"Landmarks outside the moving mask do not pull: {', '.join(dropped)}. Enlarge the mask, or use only a "
            "fixed mask."
        )


def _parameter_files(
    request: RegistrationRequest,
    fixed_voxels: npt.NDArray[np.generic],
    dimensions: tuple[tuple[int, int, int], tuple[int, int, int]],
    has_driving_pairs: bool,
    warnings: list[str],
) -> tuple[ParameterFile, ...]:
    """The files as elastix gets them; touches no node.

    :param dimensions: voxels along i, j, k of the fixed and of the moving volume.
    """
    paths: Sequence[Path] = request.parameter_files or find_preset(request.preset).parameter_paths
    if request.mask_edge not in ("auto", "region", "artificial"):
        raise MaskError(f"{request.mask_edge!r} is no kind of mask edge.", "Choose auto, region or artificial.")
    prepared = []
    for path in paths:
        parameter_file = ParameterFile.read(path)
        warnings += require_known_names(parameter_file)
        require_sound_values(parameter_file)
        parameter_file = with_safe_schedules(parameter_file, *dimensions)
        if request.fixed_mask is not None or request.moving_mask is not None:
            parameter_file = with_mask_edge(parameter_file, "artificial" if request.mask_edge == "artificial" else "region")
        if has_driving_pairs:
            parameter_file = add_landmark_metric(
                parameter_file,
                landmark_weight(request.landmark_weight),
                _grey_value_variance(parameter_file, fixed_voxels),
            )
        elif landmark_metric_index(parameter_file) is not None:
            raise LandmarkError(
                f"The parameter file {path.name} uses landmarks, but no landmarks drive.",
                "Give landmarks of both volumes, or choose another preset.",
            )
        prepared.append(prepare_for_run(parameter_file, seed=request.seed))
    return tuple(prepared)


def _grey_value_variance(parameter_file: ParameterFile, voxels: npt.NDArray[np.generic]) -> float | None:
    """Mean squares grow with the square of the grey values; the other metrics do not need to know it."""
    if "AdvancedMeanSquares" not in (parameter_file.get("Metric") or ()):
        return None
    return float(np.var(voxels[::2, ::2, ::2].astype(np.float64)))


def _check_output_nodes(
    request: RegistrationRequest,
    parameter_files: Sequence[ParameterFile],
    initial: vtk.vtkAbstractTransform | None,
) -> None:
    node = request.output_transform
    inputs = [request.fixed, request.moving, request.fixed_mask, request.moving_mask, request.initial]
    inputs += [request.fixed_landmarks, request.moving_landmarks]
    if any(output is not None and output in inputs for output in (node, request.output_volume)):
        raise InputError("An output is the same as an input.", "Choose another output; inputs are never changed.")
    if node is None or is_result_between(node, (request.fixed, request.moving)):
        return  # of an earlier run: what lies under it is taken as if it did not
    if node.GetClassName() not in ("vtkMRMLTransformNode", _expected_node_class(request, parameter_files, initial)):
        raise InputError(
            f"The output transform node {node.GetName()} cannot hold the kind of transform that this run makes.",
            "Choose a general transform node, or let a new one be made.",
        )
    if any(isinstance(one, vtkMRMLTransformableNode) and _is_moved_by(node, one) for one in inputs):
        raise InputError(
            f"The output transform node {node.GetName()} already moves an input and is no result of these volumes.",
            "Choose another output transform, or let a new one be made.",
        )


def _is_moved_by(transform: vtkMRMLTransformNode, node: vtkMRMLTransformableNode) -> bool:
    """Whether a transform is above a node; one that does nothing does not count."""
    parent = node.GetParentTransformNode()
    is_above = parent is not None and (parent is transform or bool(parent.IsTransformNodeMyParent(transform)))
    return is_above and not is_identity(transform)


def _expected_node_class(
    request: RegistrationRequest, parameter_files: Sequence[ParameterFile], initial: vtk.vtkAbstractTransform | None
) -> str:
    """The class of transform node that fits, as far as it can be known before the run."""
    if request.transform_kind == "grid":
        return "vtkMRMLGridTransformNode"
    if initial is not None and not isinstance(initial, vtk.vtkTransform):
        return "vtkMRMLTransformNode"
    kinds = [file.first("Transform", "") for file in parameter_files]
    if all(kind in _LINEAR_KINDS for kind in kinds):
        return "vtkMRMLLinearTransformNode"
    if len(kinds) > 1 or initial is not None or kinds[0] not in _SPLINE_KINDS:
        return "vtkMRMLTransformNode"
    order = parameter_files[0].first("BSplineTransformSplineOrder", "3")
    return "vtkMRMLBSplineTransformNode" if order == "3" else "vtkMRMLGridTransformNode"
