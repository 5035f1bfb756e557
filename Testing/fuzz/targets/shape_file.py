"""Masks as shapes: a ROI in a markups file, and surface models."""

from __future__ import annotations

import numpy as np
import slicer
import vtk

from ElastixPlusLib.errors import MaskError
from ElastixPlusLib.mrml.files import read_mask
from ElastixPlusLib.mrml.mask_files import MODEL_ENDINGS
from ElastixPlusLib.mrml.mask_shapes import model_surface_steps
from ElastixPlusLib.steps import run_to_end

from ..checks import FindingError, require_readable
from ..mrml_files import one_file, read_into, stored_seed

ENDINGS = (".mrk.json", *MODEL_ENDINGS)
TOKENS = (
    b'"type": "ROI"',
    b'"roiType": "Box"', b'"center": [', b'"size": [', b'"orientation": [', b'"insideOut": true', b"NaN",
    b"# vtk DataFile Version 5.1", b"DATASET POLYDATA", b"POINTS 4 float", b"POLYGONS 5 12", b"OFFSETS vtktypeint64",
    b"CONNECTIVITY vtktypeint64", b"METADATA", b"solid a", b"facet normal 0 0 1", b"outer loop", b"vertex 0 0 0",
    b"element vertex ", b"element face ", b"property list uchar int vertex_indices", b"format ascii 1.0", b"end_header",
    b"<VTKFile ",
    b"<Piece NumberOfPoints=", b'format="appended"', b"<AppendedData encoding=", b"v 0 0 0\n", b"f 1 2 3\n",
    b"f -1 -2 -3\n", b"vt 0 0\n", b"f 1/1/1 2/2/2 3/3/3\n", b"vn 0 0 1\n",
)  # fmt: skip
LONGEST = 4096


def seeds() -> list[bytes]:
    """A box as a ROI, and a tetrahedron in every format."""
    scene = slicer.vtkMRMLScene()
    roi = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "box")
    roi.SetCenter(1, 2, 3)
    roi.SetSize(10, 11, 12)
    shape = vtk.vtkTetra()
    shape.GetPoints().SetNumberOfPoints(4)
    for index, point in enumerate(((0, 0, 0), (9, 0, 0), (0, 9, 0), (0, 0, 9))):
        shape.GetPoints().SetPoint(index, *point)
        shape.GetPointIds().SetId(index, index)
    grid = vtk.vtkUnstructuredGrid()
    grid.InsertNextCell(shape.GetCellType(), shape.GetPointIds())
    grid.SetPoints(shape.GetPoints())
    surface = vtk.vtkGeometryFilter()
    surface.SetInputData(grid)
    surface.Update()
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", "tetrahedron")
    model.SetAndObservePolyData(surface.GetOutput())
    made = [stored_seed(ending, slicer.vtkMRMLModelStorageNode(), model) for ending in MODEL_ENDINGS]
    text_ply = (
        b".ply\nply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
        b"element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n"
    )
    text_stl = (
        b".stl\nsolid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\n"
        b"endloop\nendfacet\nendsolid\n"
    )
    text_vtk = (
        b".vtk\n# vtk DataFile Version 3.0\na\nASCII\nDATASET POLYDATA\nPOINTS 3 float\n0 0 0 1 0 0 0 1 0\n"
        b"POLYGONS 1 4\n3 0 1 2\n"
    )
    roi_seed = stored_seed(".mrk.json", slicer.vtkMRMLMarkupsROIJsonStorageNode(), roi)
    return [roi_seed, *made, text_ply, text_stl, text_vtk, *_vtk_seeds(surface.GetOutput())]


def _vtk_seeds(surface: vtk.vtkPolyData) -> list[bytes]:
    """The surface in the older and the newer form of legacy files, as text and in binary."""
    made = []
    for version, is_binary in ((42, False), (51, False), (51, True)):
        writer = vtk.vtkPolyDataWriter()
        writer.SetFileVersion(version)
        writer.SetFileType(1 + is_binary)
        writer.SetWriteToOutputString(True)
        writer.SetInputData(surface)
        writer.Write()
        made.append(b".vtk\n" + bytes(writer.GetOutputStdString(), "latin-1"))
    return made


def one_input(data: bytes) -> None:
    """Read it as a mask, and take its surface."""
    with one_file(data, ENDINGS) as (scene, path):
        node = read_into(scene, read_mask, path, "moving")
        if isinstance(node, slicer.vtkMRMLModelNode):
            if not node.GetMesh().GetNumberOfCells():
                raise FindingError("a surface without cells")
            _take_surface(node)


def _take_surface(node: slicer.vtkMRMLModelNode) -> None:
    try:
        surface = run_to_end(model_surface_steps(node, "moving mask"))
    except MaskError as error:
        require_readable(error)
        return
    if surface is not None and not np.isfinite(surface.points).all():
        raise FindingError("a surface with positions that are no numbers")
