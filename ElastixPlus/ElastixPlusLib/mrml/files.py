"""Read MRML nodes from files and write them, with every answer of the storage nodes checked."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import slicer
import vtk
from slicer import (
    vtkMRMLDisplayableNode,
    vtkMRMLLabelMapVolumeNode,
    vtkMRMLMarkupsNode,
    vtkMRMLMarkupsROINode,
    vtkMRMLModelNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLScene,
    vtkMRMLSegmentationNode,
    vtkMRMLStorableNode,
    vtkMRMLStorageNode,
    vtkMRMLTransformNode,
)

from ..elastix.whole_file import whole_file
from ..errors import InitialTransformError, InputError, LandmarkError, MaskError, ResultWriteError, VolumeError
from ..grid import Grid
from .file_checks import is_whole_nifti, require_whole_file, reserve_space
from .frames import matrix_from_array
from .image_headers import HEADER_ENDINGS, nrrd_data_fault, values_per_voxel
from .mask_files import MODEL_ENDINGS, ROI_ENDINGS, require_roi, require_whole_model
from .transforms import simple_parts
from .volumes import image_of_voxels
from .voxel_types import with_scalar_type, writable_type

LANDMARK_ENDINGS = (".mrk.json", ".fcsv")

STRUCTURE_ENDINGS = (".nrrd", ".nhdr", ".nii.gz", ".nii", ".mha", ".mhd")

_SEGMENTATION_ENDINGS = (".seg.nrrd", ".seg.nhdr")
_VECTOR_COMPONENTS = 3
_WRITING_BYTES = 2**16
_BYTES_PER_NUMBER = {".h5": 9}
_TEXT_BYTES_PER_NUMBER = 26


def read_volume(scene: vtkMRMLScene, path: Path, role: str) -> vtkMRMLScalarVolumeNode:
    """Read a scalar volume.

    :param role: "fixed" or "moving", for messages and the node's name.
    :raises VolumeError: the file is missing or is no volume.
    """
    return _read_volume(scene, path, f"{role} volume", "vtkMRMLScalarVolumeNode", VolumeError)


def read_mask(
    scene: vtkMRMLScene, path: Path, role: str
) -> (
    vtkMRMLLabelMapVolumeNode
    | vtkMRMLScalarVolumeNode
    | vtkMRMLSegmentationNode
    | vtkMRMLMarkupsROINode
    | vtkMRMLModelNode
):
    """Read a mask: a segmentation, a ROI, a surface model, or any volume whose voxels are not 0 where the mask is.

    A segmentation is .seg.nrrd, a ROI .mrk.json, a model .stl, .vtk, .vtp, .ply or .obj; a model that does not say its
    frame lies in LPS, as 3D Slicer takes it.

    :raises MaskError: the file is missing or is no mask.
    """
    what, name = f"{role} mask", path.name.lower()
    if name.endswith(ROI_ENDINGS):
        return _read_roi(scene, path, what)
    if name.endswith(MODEL_ENDINGS):
        return _read_model(scene, path, what)
    return _read_labels(scene, path, what)


def read_structures(
    scene: vtkMRMLScene, path: Path, role: str
) -> vtkMRMLSegmentationNode | vtkMRMLLabelMapVolumeNode | vtkMRMLScalarVolumeNode:
    """Read what is drawn in a volume, each structure by itself: a segmentation (.seg.nrrd) or a labelmap.

    :param role: "fixed" or "moving", for messages.
    :raises MaskError: the file is missing or holds no structures.
    """
    what = f"{role} segmentation"
    if path.is_file() and not path.name.lower().endswith(STRUCTURE_ENDINGS):
        raise MaskError(
            f"The {what} {path.name} has an ending that is not read.",
            "Save it from 3D Slicer as .seg.nrrd, or as a labelmap (.nrrd, .nii.gz, .mha).",
        )
    return _read_labels(scene, path, what)


def read_landmarks(scene: vtkMRMLScene, path: Path, role: str) -> vtkMRMLMarkupsNode:
    """Read landmarks from .mrk.json or .fcsv.

    :raises LandmarkError: the file is missing, of another kind, or damaged.
    """
    what = f"{role} landmarks"
    require_whole_file(path, what, LandmarkError)
    if not path.name.lower().endswith(LANDMARK_ENDINGS):
        raise LandmarkError(
            f"The {what} in {path.name} are not of a kind that can be read.",
            f"Save them from 3D Slicer as {' or '.join(LANDMARK_ENDINGS)}.",
        )
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", _node_name(path))
    is_json = path.name.lower().endswith(".json")
    storage = slicer.vtkMRMLMarkupsJsonStorageNode() if is_json else slicer.vtkMRMLMarkupsFiducialStorageNode()
    _read(node, storage, path, what, LandmarkError)
    _require_finite_positions(node, path, what)
    return node


def _require_finite_positions(node: vtkMRMLMarkupsNode, path: Path, what: str) -> None:
    for index in range(node.GetNumberOfControlPoints()):
        is_placed = node.GetNthControlPointPositionStatus(index) == vtkMRMLMarkupsNode.PositionDefined
        if is_placed and not all(map(math.isfinite, node.GetNthControlPointPosition(index))):
            node.GetScene().RemoveNode(node)
            raise LandmarkError(
                f"Number {index + 1} of the {what} in {path.name} has a position that is no number.",
                "Place it again in 3D Slicer, and save the list.",
            )


def read_transform(scene: vtkMRMLScene, path: Path, what: str = "initial transform") -> vtkMRMLTransformNode:
    """Read a transform (.h5, .tfm, .mat, .txt of ITK) or a displacement field (.nrrd, .nii.gz, .mha).

    Displacement fields are interpolated linearly, as ITK means them; MRML itself would read them as cubic ones.

    :param what: for messages.
    :raises InitialTransformError: the file is missing or is no transform.
    """
    require_whole_file(path, what, InitialTransformError)
    _require_vectors(path, what)
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", _node_name(path))
    _read(node, slicer.vtkMRMLTransformStorageNode(), path, what, InitialTransformError)
    if node.GetTransformFromParent() is None:
        scene.RemoveNode(node)
        raise InitialTransformError(
            f"The file {path.name} holds no transform.", "Choose a transform saved from 3D Slicer as .h5 or .tfm."
        )
    for part in simple_parts(node.GetTransformFromParent()):
        if isinstance(part, slicer.vtkOrientedGridTransform):
            part.SetInterpolationModeToLinear()
            part.GetInverse().SetInterpolationModeToLinear()
    return node


def write_transform(node: vtkMRMLTransformNode, path: Path) -> None:
    """Write a transform so that either the whole file is there or nothing of it.

    :raises ResultWriteError: it cannot be written, or not in this format.
    """
    numbers = sum(_number_count(part) for part in simple_parts(node.GetTransformFromParent()))
    per_number = _BYTES_PER_NUMBER.get(path.suffix.lower(), _TEXT_BYTES_PER_NUMBER)
    _write(node, slicer.vtkMRMLTransformStorageNode(), path, "output transform", numbers * per_number)


def write_volume(node: vtkMRMLScalarVolumeNode, path: Path, what: str = "output volume") -> None:
    """Write a volume, compressed fast, so that either the whole file is there or nothing of it.

    :param what: for messages.
    :raises ResultWriteError: it cannot be written.
    """
    storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
    storage.SetUseCompression(1)
    storage.SetCompressionParameter("gzip_fastest")
    image = node.GetImageData()
    written = with_scalar_type(image, writable_type(image.GetScalarType()))
    if written is not image:
        node = _stand_in(node, written)
    _write(node, storage, path, what, 1024 * image.GetActualMemorySize())


def write_map(voxels: npt.NDArray[np.floating[Any]], grid: Grid, path: Path, what: str) -> None:
    """Write numbers on a grid as a volume of 32-bit floating point.

    :param voxels: shape (slices, rows, columns).
    :param what: for messages, such as "Jacobian map".
    :raises ResultWriteError: it cannot be written.
    """
    node = vtkMRMLScalarVolumeNode()
    node.SetIJKToRASMatrix(matrix_from_array(grid.ijk_to_world))
    node.SetAndObserveImageData(image_of_voxels(np.asarray(voxels, dtype=np.float32)))
    write_volume(node, path, what)


def _stand_in(node: vtkMRMLScalarVolumeNode, image: vtk.vtkImageData) -> vtkMRMLScalarVolumeNode:
    """A node outside the scene that shows other voxels at the same place."""
    copy = node.CreateNodeInstance()
    copy.CopyOrientation(node)
    copy.SetAndObserveImageData(image)
    return copy


def _number_count(part: vtk.vtkAbstractTransform) -> int:
    if isinstance(part, slicer.vtkOrientedGridTransform):
        return 3 * int(part.GetDisplacementGrid().GetNumberOfPoints())
    if isinstance(part, slicer.vtkOrientedBSplineTransform):
        return 3 * int(part.GetCoefficientData().GetNumberOfPoints())
    return 0


def _read_labels(
    scene: vtkMRMLScene, path: Path, what: str
) -> vtkMRMLSegmentationNode | vtkMRMLLabelMapVolumeNode | vtkMRMLScalarVolumeNode:
    if not path.name.lower().endswith(_SEGMENTATION_ENDINGS):
        return _read_volume(scene, path, what, "vtkMRMLLabelMapVolumeNode", MaskError)
    require_whole_file(path, what, MaskError)
    _require_readable_nrrd(path, what)
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", _node_name(path))
    _read(node, slicer.vtkMRMLSegmentationStorageNode(), path, what, MaskError)
    return node


def _require_readable_nrrd(path: Path, what: str) -> None:
    """Refuse a file at which the reader of segmentations would end the whole program.

    It reads by way of the same class of ITK as the reader of volumes, which says so instead.
    """
    fault = nrrd_data_fault(path)
    if not fault:
        storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
        storage.SetFileName(os.fsencode(path))
        has_layers = values_per_voxel(path) > 1
        if storage.ReadData(slicer.vtkMRMLVectorVolumeNode() if has_layers else slicer.vtkMRMLLabelMapVolumeNode()):
            return
    raise MaskError(
        f"The {what} {path.name} {fault or 'is no segmentation'}.", "Save the segmentation again from 3D Slicer."
    )


def _require_vectors(path: Path, what: str) -> None:
    """Refuse an image that is no displacement field: MRML would read a volume of grey values as no displacement."""
    name = path.name.lower()
    count = _VECTOR_COMPONENTS
    if name.endswith(HEADER_ENDINGS):
        count = values_per_voxel(path)
    elif name.endswith((".nii", ".nii.gz")):
        reader = vtk.vtkNIFTIImageReader()
        reader.SetFileName(os.fsencode(path))
        reader.UpdateInformation()
        count = reader.GetNumberOfScalarComponents()
    if count != _VECTOR_COMPONENTS:
        raise InitialTransformError(
            f"The {what} {path.name} is a volume and no transform: its voxels are no displacements.",
            "Choose a transform saved from 3D Slicer as .h5 or .tfm.",
        )


def _read_roi(scene: vtkMRMLScene, path: Path, what: str) -> vtkMRMLMarkupsROINode:
    require_whole_file(path, what, MaskError)
    require_roi(path, what)
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", _node_name(path))
    _read(node, slicer.vtkMRMLMarkupsROIJsonStorageNode(), path, what, MaskError)
    return node


def _read_model(scene: vtkMRMLScene, path: Path, what: str) -> vtkMRMLModelNode:
    require_whole_file(path, what, MaskError)
    require_whole_model(path, what)
    node = scene.AddNewNodeByClass("vtkMRMLModelNode", _node_name(path))
    _read(node, slicer.vtkMRMLModelStorageNode(), path, what, MaskError)
    if node.GetMesh() is None or node.GetMesh().GetNumberOfCells() == 0:
        node.GetScene().RemoveNode(node)
        raise MaskError(
            f"The {what} {path.name} holds no surface, or a part of it is missing.",
            "Choose a closed surface model saved from 3D Slicer.",
        )
    return node


def _read_volume(
    scene: vtkMRMLScene, path: Path, what: str, node_class: str, error: Callable[[str, str], InputError]
) -> vtkMRMLScalarVolumeNode:
    require_whole_file(path, what, error)
    node = scene.AddNewNodeByClass(node_class, _node_name(path))
    storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
    # Keeps the order of voxels in the file; turning left-handed volumes crashes on 64-bit whole numbers.
    storage.SetForceRightHandedIJKCoordinateSystem(False)
    _read(node, storage, path, what, error)
    if node.GetImageData() is None or node.GetImageData().GetNumberOfPoints() == 0:
        node.GetScene().RemoveNode(node)
        raise error(f"The {what} {path.name} has no voxels.", "Choose a volume saved from 3D Slicer.")
    return node


def _node_name(path: Path) -> str:
    """The name of a file without its ending; bytes in it that are no text, which VTK ends the process over, go."""
    return path.name.split(".")[0].encode("utf-8", "replace").decode("utf-8")


def _read(
    node: vtkMRMLStorableNode,
    storage: vtkMRMLStorageNode,
    path: Path,
    what: str,
    error: Callable[[str, str], InputError],
) -> None:
    storage.SetFileName(os.fsencode(path))
    if not storage.ReadData(node):
        node.GetScene().RemoveNode(node)
        raise error(
            f"The file of the {what} cannot be read: {path}.",
            "Check that it is a complete file of this kind, for example by loading it in 3D Slicer.",
        )
    if isinstance(node, vtkMRMLDisplayableNode):
        node.SetAndObserveStorageNodeID(None)


def _write(node: vtkMRMLStorableNode, storage: vtkMRMLStorageNode, path: Path, what: str, largest_bytes: int) -> None:
    if path.exists() and not path.is_file():
        raise ResultWriteError(f"The {what} {path} is no ordinary file.", "Give the name of a file, or of a new one.")
    try:
        with whole_file(path) as partial:
            storage.SetFileName(os.fsencode(partial))
            reserve_space(partial, largest_bytes + _WRITING_BYTES)
            is_written = storage.WriteData(node) and partial.is_file()
            if not is_written or (path.name.lower().endswith((".nii", ".nii.gz")) and not is_whole_nifti(partial)):
                raise ResultWriteError(
                    f"The {what} could not be written to {path}.",
                    "Check that the disk has space, and choose .h5 for transforms and .nrrd for volumes.",
                )
    except OSError as error:
        raise ResultWriteError(
            f"The {what} could not be written to {path}: {error.strerror}.", "Choose another place and run again."
        ) from error
