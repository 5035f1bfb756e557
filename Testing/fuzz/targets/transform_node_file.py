"""Transforms to start from, as 3D Slicer and ITK save them, and displacement fields."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import slicer

from ElastixPlusLib.errors import ElastixPlusError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.displacement_file import displacement_file_steps
from ElastixPlusLib.mrml.files import read_transform, write_transform
from ElastixPlusLib.mrml.transforms import add_transform_node, grid_transform
from ElastixPlusLib.steps import run_to_end
from phantoms import add_linear_transform, grid_matrix

from ..checks import FindingError, fresh_folder
from ..mrml_files import one_file, read_into

ENDINGS = (".tfm", ".txt", ".h5", ".nrrd", ".nii.gz", ".mha", ".mat")
TOKENS = (
    b"#Insight Transform File V1.0\n", b"#Transform 0\n", b"Transform: AffineTransform_double_3_3\n", b"Parameters: ",
    b"FixedParameters: ", b"Transform: BSplineTransform_double_3_3\n", b"Transform: CompositeTransform_double_3_3\n",
    b"Transform: DisplacementFieldTransform_double_3_3\n", b"Transform: Euler3DTransform_double_3_3\n", b"float_3_3",
    b"DimSize = ",
    b"NDims = 3", b"ElementNumberOfChannels = 3", b"ElementType = MET_FLOAT", b"ElementDataFile = LOCAL\n",
    b"100000 100000 100000", b"TransformMatrix = ", b"Offset = ", b"ElementSpacing = ",
    b"Transform: MatrixOffsetTransformBase_double_3_3\n", b"Transform: VersorRigid3DTransform_double_3_3\n",
    b"Transform: ThinPlateSplineKernelTransform_double_3_3\n", b"Transform: TranslationTransform_double_3_3\n",
)  # fmt: skip
LONGEST = 16384
SEEDS = Path(__file__).resolve().parents[1] / "seeds"


def seeds() -> list[bytes]:
    """A linear transform and a field in every format that holds it."""
    scene = slicer.vtkMRMLScene()
    linear = add_linear_transform(scene, np.eye(4))
    grid = Grid((2, 2, 2), grid_matrix((2, 2, 2), (5, 5, 5)))
    field = add_transform_node(scene, grid_transform(np.ones((2, 2, 2, 3)), grid), "field")
    made = []
    for node, endings in ((linear, (".tfm", ".mat")), (field, (".tfm", ".nrrd", ".nii.gz", ".mha"))):
        for ending in endings:
            path = fresh_folder("seed") / f"seed{ending}"
            write_transform(node, path)
            made.append(ending.encode() + b"\n" + path.read_bytes())
    euler = (
        b".txt\n#Insight Transform File V1.0\n#Transform 0\nTransform: Euler3DTransform_double_3_3\n"
        b"Parameters: 0.1 0 0 1 2 3\nFixedParameters: 0 0 0\n"
    )
    plain = (
        b".mha\nObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        b"CompressedData = False\n"
        b"TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\nDimSize = 2 2 2\n"
        b"ElementNumberOfChannels = 3\nElementType = MET_FLOAT\nElementDataFile = LOCAL\n"
    ) + bytes(96)
    # Kept as files: HDF5 writes the time of day into its own, and one seed of the fuzzer is to mean the same inputs.
    made += [b".h5\n" + path.read_bytes() for path in sorted(SEEDS.glob("*.h5"))]
    return [one for one in made if len(one) <= LONGEST] + [euler, plain]


def one_input(data: bytes) -> None:
    """Read it as a transform, and as the field that transformix writes."""
    with one_file(data, ENDINGS) as (scene, path):
        try:
            run_to_end(displacement_file_steps(path))
        except ElastixPlusError:
            pass
        node = read_into(scene, read_transform, path)
        point = node.GetTransformFromParent().TransformPoint(1.0, 2.0, 3.0)
        if len(point) != 3:
            raise FindingError(f"a point became {point}")
