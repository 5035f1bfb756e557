"""Check a request against everything that would fail later, and export it for elastix. The scene is only read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import vtk
from slicer import vtkMRMLMarkupsNode, vtkMRMLTransformableNode, vtkMRMLTransformNode

from .elastix.command import ElastixInputs
from .elastix.engine import Engine, find_engine
from .elastix.landmark_metric import add_landmark_metric, landmark_metric_index, landmark_weight
from .elastix.mask_edges import with_mask_edge
from .elastix.parameter_file import ParameterFile
from .elastix.parameter_names import require_known_names
from .elastix.parameter_values import require_sound_values
from .elastix.point_file import write_point_file
from .elastix.pyramid_schedule import with_safe_schedules
from .elastix.run_parameters import prepare_for_run
from .elastix.transform_file import field_text, linear_text
from .elastix.workspace import Workspace
from .errors import InitialTransformError, InputError, LandmarkError, MaskError, VolumeError
from .guidance.initial_alignment import center_alignment, is_coplanar, rigid_alignment
from .guidance.landmark_pairing import (
    LandmarkList,
    LandmarkPairs,
    pair_landmarks,
    require_driving_pairs,
    without_outside,
)
from .mrml.frames import array_from_matrix, flip_matrix, flip_points
from .mrml.landmarks import control_points
from .mrml.masks import WorldMask, mask_on_grid
from .mrml.transforms import linear_transform, transform_from_parent, write_displacement_field
from .mrml.volumes import Grid, WorldVolume, check_volume, voxel_array, world_volume, write_image
from .presets.library import find_preset
from .request import RegistrationRequest

if TYPE_CHECKING:
    from .request import MaskNode

_MOSTLY_INSIDE = 0.99
_TEXT_BYTES = 16 * 2**20
_LINEAR_KINDS = ("TranslationTransform", "EulerTransform", "SimilarityTransform", "AffineTransform")
_SPLINE_KINDS = ("BSplineTransform", "RecursiveBSplineTransform")


@dataclass(frozen=True)
class CheckedRequest:
    """A request that can run, taken out of the scene.

    :param parameter_files: one per stage, as elastix gets them.
    :param pairs: the landmark pairs that are used; None without landmarks.
    :param initial: the transform to start from, fixed to moving in world RAS; None for none.
    :param warnings: sentences that the user should read.
    """

    request: RegistrationRequest
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

    @property
    def initial_is_linear(self) -> bool:
        """Whether elastix can be given the start exactly, as a matrix."""
        return isinstance(self.initial, vtk.vtkTransform)


def check_request(request: RegistrationRequest) -> CheckedRequest:
    """Find what would fail before it fails.

    :raises InputError: something cannot be used; its kind, cause and remedy say what.
    :raises EngineNotFoundError: there is no elastix that could be run.
    """
    _check_values(request)
    _check_volumes(request)
    warnings: list[str] = []
    fixed, moving = world_volume(request.fixed), world_volume(request.moving)
    pairs = _landmark_pairs(request, fixed.grid, moving.grid)
    warnings += pairs.notes if pairs is not None else ()
    initial = _initial_transform(request, fixed.grid, moving.grid, pairs, warnings)
    fixed_mask = _mask(request.fixed_mask, fixed.grid, "fixed", request.fixed_mask_segments, warnings)
    moving_mask = _mask(request.moving_mask, moving.grid, "moving", request.moving_mask_segments, warnings)
    _warn_of_dropped_landmarks(pairs, moving.grid, moving_mask, warnings)
    has_driving_pairs = pairs is not None and bool(pairs.drives.any())
    parameter_files = _parameter_files(request, fixed, moving, has_driving_pairs, warnings)
    _check_output_nodes(request, parameter_files, initial)
    engine = find_engine(request.engine, bundled_folders=request.bundled_folders)
    return CheckedRequest(
        request, engine, parameter_files, fixed, moving, fixed_mask, moving_mask, pairs, initial, tuple(warnings)
    )


def export_request(checked: CheckedRequest, workspace: Workspace) -> ElastixInputs:
    """Write what elastix reads into the run folder.

    :returns: the names of the files, relative to the run folder.
    :raises ResultWriteError: the disk is full or the folder does not allow writing.
    """
    write_image(checked.fixed.image, checked.fixed.grid, workspace.fixed)
    write_image(checked.moving.image, checked.moving.grid, workspace.moving)
    for mask, grid, path in (
        (checked.fixed_mask, checked.fixed.grid, workspace.fixed_mask),
        (checked.moving_mask, checked.moving.grid, workspace.moving_mask),
    ):
        if mask is not None:
            write_image(mask.image, grid, path)
    driving = checked.driving_pairs
    if driving is not None:
        write_point_file(workspace.fixed_landmarks, flip_points(driving.fixed_ras))
        write_point_file(workspace.moving_landmarks, flip_points(driving.moving_ras))
    if checked.initial is not None:
        _write_initial_transform(checked.initial, checked.fixed.grid, workspace)
    for stage, parameter_file in enumerate(checked.parameter_files):
        parameter_file.write(workspace.parameter_file(stage))
    return ElastixInputs(
        fixed=(workspace.fixed.name,),
        moving=(workspace.moving.name,),
        fixed_masks=(workspace.fixed_mask.name,) if checked.fixed_mask is not None else (),
        moving_masks=(workspace.moving_mask.name,) if checked.moving_mask is not None else (),
        fixed_landmarks=workspace.fixed_landmarks.name if driving is not None else None,
        moving_landmarks=workspace.moving_landmarks.name if driving is not None else None,
        initial_transform=workspace.initial_transform.name if checked.initial is not None else None,
        parameter_files=tuple(workspace.parameter_file(stage).name for stage in range(len(checked.parameter_files))),
        output=workspace.result.name,
    )


def needed_bytes(checked: CheckedRequest) -> int:
    """What a run writes into its folder at most: volumes, masks, a start that is a field, and some text."""
    images = [checked.fixed.image, checked.moving.image]
    images += [mask.image for mask in (checked.fixed_mask, checked.moving_mask) if mask is not None]
    kilobytes = sum(image.GetActualMemorySize() for image in images)
    field_bytes = 0 if checked.initial is None or checked.initial_is_linear else 12 * checked.fixed.voxels.size
    return 1024 * int(kilobytes) + field_bytes + _TEXT_BYTES


def _check_values(request: RegistrationRequest) -> None:
    """What a script easily gets wrong and Python would not notice."""
    if request.threads is not None and request.threads < 1:
        raise InputError(f"{request.threads} threads cannot compute anything.", "Give a number of 1 or more.")
    if isinstance(request.check_labels, str):
        raise LandmarkError(f"The check labels are one text, {request.check_labels!r}.", "Give a list of labels.")
    if isinstance(request.parameter_files, (str, Path)):
        raise InputError("The parameter files are one name.", "Give a list of them, one per stage.")
    for side, node in (("fixed", request.fixed_landmarks), ("moving", request.moving_landmarks)):
        if node is not None and not isinstance(node, vtkMRMLMarkupsNode):
            raise LandmarkError(f"The {side} landmarks are no point list.", "Give a markups node.")


def _check_volumes(request: RegistrationRequest) -> None:
    if request.fixed is not None and request.fixed is request.moving:
        raise VolumeError("The fixed and the moving volume are the same.", "Choose two different volumes.")
    check_volume(request.fixed, "fixed")
    check_volume(request.moving, "moving")
    if request.fixed.GetScene() is None:
        raise VolumeError(
            "The fixed volume is in no scene.", "Add it to a scene, and keep the scene: nodes do not keep it alive."
        )
    if request.fixed.GetScene() is not request.moving.GetScene():
        raise VolumeError("The two volumes are not in the same scene.", "Add both to one scene and try again.")


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
        LandmarkList(*control_points(request.fixed_landmarks)),
        LandmarkList(*control_points(request.moving_landmarks)),
        request.check_labels,
        request.skip_unusable_landmarks,
    )
    pairs = without_outside(
        pairs, fixed.outside_mm(pairs.fixed_ras), moving.outside_mm(pairs.moving_ras), request.skip_unusable_landmarks
    )
    require_driving_pairs(pairs)
    return pairs


def _initial_transform(
    request: RegistrationRequest, fixed: Grid, moving: Grid, pairs: LandmarkPairs | None, warnings: list[str]
) -> vtk.vtkAbstractTransform | None:
    if request.initial == "none":
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
        return transform_from_parent(request.initial)
    raise InitialTransformError(
        f"{request.initial!r} is no position to start from.", "Choose none, landmarks, centers or a transform node."
    )


def _mask(
    node: MaskNode | None, grid: Grid, role: str, segments: Sequence[str], warnings: list[str]
) -> WorldMask | None:
    if node is None:
        if segments:
            raise MaskError(
                f"There are segments for the {role} mask, but no segmentation.", "Give the segmentation too."
            )
        return None
    mask = mask_on_grid(node, grid, role, segments)
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
    request: RegistrationRequest, fixed: WorldVolume, moving: WorldVolume, has_driving_pairs: bool, warnings: list[str]
) -> tuple[ParameterFile, ...]:
    paths: Sequence[Path] = request.parameter_files or find_preset(request.preset).parameter_paths
    if request.mask_edge not in ("region", "artificial"):
        raise MaskError(f"{request.mask_edge!r} is no kind of mask edge.", "Choose region or artificial.")
    prepared = []
    for path in paths:
        parameter_file = ParameterFile.read(path)
        warnings += require_known_names(parameter_file)
        require_sound_values(parameter_file)
        parameter_file = with_safe_schedules(parameter_file, fixed.grid.dimensions, moving.grid.dimensions)
        if request.fixed_mask is not None or request.moving_mask is not None:
            parameter_file = with_mask_edge(parameter_file, request.mask_edge)
        if has_driving_pairs:
            parameter_file = add_landmark_metric(
                parameter_file, landmark_weight(request.landmark_weight), _grey_value_variance(parameter_file, fixed)
            )
        elif landmark_metric_index(parameter_file) is not None:
            raise LandmarkError(
                f"The parameter file {path.name} uses landmarks, but no landmarks drive.",
                "Give landmarks of both volumes, or choose another preset.",
            )
        prepared.append(prepare_for_run(parameter_file, seed=request.seed))
    return tuple(prepared)


def _grey_value_variance(parameter_file: ParameterFile, volume: WorldVolume) -> float | None:
    """Mean squares grow with the square of the grey values; the other metrics do not need to know it."""
    if "AdvancedMeanSquares" not in (parameter_file.get("Metric") or ()):
        return None
    return float(np.var(volume.voxels[::2, ::2, ::2].astype(np.float64)))


def _check_output_nodes(
    request: RegistrationRequest,
    parameter_files: Sequence[ParameterFile],
    initial: vtk.vtkAbstractTransform | None,
) -> None:
    node = request.output_transform
    expected = _expected_node_class(parameter_files, initial)
    if node is not None and node.GetClassName() not in ("vtkMRMLTransformNode", expected):
        raise InputError(
            f"The output transform node {node.GetName()} cannot hold the kind of transform that this run makes.",
            "Choose a general transform node, or let a new one be made.",
        )
    inputs = [request.fixed, request.moving, request.fixed_mask, request.moving_mask, request.initial]
    inputs += [request.fixed_landmarks, request.moving_landmarks]
    if any(output is not None and output in _with_parents(inputs) for output in (node, request.output_volume)):
        raise InputError(
            "An output is the same as an input, or as a transform that an input is under.",
            "Choose another output; inputs are never changed.",
        )


def _with_parents(nodes: Sequence[Any]) -> set[Any]:
    """Nodes and all transforms above them."""
    found: set[Any] = set()
    for node in nodes:
        while isinstance(node, vtkMRMLTransformableNode) and node not in found:
            found.add(node)
            node = node.GetParentTransformNode()
    return found


def _expected_node_class(parameter_files: Sequence[ParameterFile], initial: vtk.vtkAbstractTransform | None) -> str:
    """The class of transform node that fits, as far as it can be known before the run."""
    if initial is not None and not isinstance(initial, vtk.vtkTransform):
        return "vtkMRMLTransformNode"
    kinds = [file.first("Transform", "") for file in parameter_files]
    if all(kind in _LINEAR_KINDS for kind in kinds):
        return "vtkMRMLLinearTransformNode"
    if len(kinds) > 1 or initial is not None or kinds[0] not in _SPLINE_KINDS:
        return "vtkMRMLTransformNode"
    order = parameter_files[0].first("BSplineTransformSplineOrder", "3")
    return "vtkMRMLBSplineTransformNode" if order == "3" else "vtkMRMLGridTransformNode"


def _write_initial_transform(initial: vtk.vtkAbstractTransform, fixed: Grid, workspace: Workspace) -> None:
    if isinstance(initial, vtk.vtkTransform):
        text = linear_text(flip_matrix(array_from_matrix(initial.GetMatrix())))
    else:
        write_displacement_field(initial, fixed, workspace.initial_field)
        text = field_text(workspace.initial_field.name)
    workspace.initial_transform.write_text(text, encoding="ascii")
