"""Volumes, masks and segmentations as files."""

from __future__ import annotations

import numpy as np
import slicer
from vtk.util.numpy_support import numpy_to_vtk

from ElastixPlusLib.evaluation.structure_names import structures_steps
from ElastixPlusLib.mrml.files import read_mask, read_structures, read_volume
from ElastixPlusLib.steps import run_to_end

from ..checks import FindingError
from ..mrml_files import one_file, read_into, stored_seed, volume_seed

ENDINGS = (".nrrd", ".seg.nrrd", ".nii", ".nii.gz", ".mha", ".nhdr", ".mhd")
TOKENS = (
    b"sizes: ", b"type: short", b"dimension: ", b"encoding: raw", b"encoding: gzip", b"space directions: ", b"kinds: ",
    b"space: left-posterior-superior", b"space origin: ", b"endian: big", b"data file: ", b"Segment0_Name:=", b"none",
    b"Segment0_Extent:=", b"Segment0_LabelValue:=", b"Segment0_Layer:=", b"Segmentation_ReferenceImageExtentOffset:=",
    b"byte skip: ", b"line skip: ", b"DimSize = ", b"NDims = ", b"ElementType = ", b"ElementDataFile = ", b"LOCAL",
    b"CompressedData = True", b"ElementSpacing = ", b"TransformMatrix = ", b"100000 100000 100000", b"0 0 0",
)  # fmt: skip
LONGEST = 4096


def seeds() -> list[bytes]:
    """A small volume in every format, and a segmentation."""
    voxels = np.arange(4 * 3 * 2, dtype=np.int16).reshape(2, 3, 4)
    made = [volume_seed(ending, voxels) for ending in (".nrrd", ".nii", ".nii.gz", ".mha")]
    plain = (
        b"NRRD0004\ntype: uchar\ndimension: 3\nspace: left-posterior-superior\nsizes: 2 2 2\n"
        b"space directions: (1,0,0) (0,1,0) (0,0,1)\nkinds: domain domain domain\nendian: little\nencoding: raw\n"
        b"space origin: (0,0,0)\n\n\0\1\0\1\0\1\0\1"
    )
    meta = (
        b"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
        b"TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\nDimSize = 2 2 2\n"
        b"ElementType = MET_UCHAR\nElementDataFile = LOCAL\n\0\1\0\1\0\1\0\1"
    )
    return [*made, b".nrrd\n" + plain, b".mha\n" + meta, _segmentation_seed()]


def one_input(data: bytes) -> None:
    """Read it as a volume, as a mask, and list its structures."""
    with one_file(data, ENDINGS) as (scene, path):
        node = read_into(scene, read_mask, path, "fixed")
        if isinstance(node, slicer.vtkMRMLVolumeNode) and not node.GetImageData().GetNumberOfPoints():
            raise FindingError("a mask without voxels")
        for structure in run_to_end(structures_steps(read_into(scene, read_structures, path, "fixed"), "fixed")):
            structure.name.encode("utf-8", "surrogateescape")
        if not path.name.endswith(".seg.nrrd"):
            read_into(scene, read_volume, path, "moving")


def _segmentation_seed() -> bytes:
    image = slicer.vtkOrientedImageData()
    image.SetDimensions(4, 3, 2)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ones(24, np.uint8), deep=True))
    scene = slicer.vtkMRMLScene()
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    segment = slicer.vtkSegment()
    segment.SetName("liver")
    segment.AddRepresentation("Binary labelmap", image)
    node.GetSegmentation().AddSegment(segment, "liver")
    return stored_seed(".seg.nrrd", slicer.vtkMRMLSegmentationStorageNode(), node)
