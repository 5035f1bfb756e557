"""ROI boxes and surface models come from their files to the same place of the world; damaged ones are refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import slicer
import vtk

from ElastixPlusLib.errors import MaskError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.files import read_mask
from ElastixPlusLib.mrml.mask_files import is_whole_ply
from phantoms import add_points, rotation_about, shift
from rasterised import add_model, add_roi, ball, brick, covered, mask_on_grid, named_grid, voxel_count

SIZE_MM = (17.0, 23.0, 29.0)
TURNED = shift(3, -4, 5) @ rotation_about((3, 1, 2), 35.0)
CENTER = (3.0, 8.0, 1.0)
MODEL_ENDINGS = [".stl", ".vtk", ".vtp", ".ply", ".obj"]
PLY_HEADER = """ply
format ascii 1.0
comment made by hand
element vertex 4
property float x
property float y
property float z
property uchar red
element face 4
property list uchar int vertex_indices
end_header
"""
PLY_BODY = "0 0 0 9\n20 0 0 9\n0 20 0 9\n0 0 20 9\n3 0 2 1\n3 0 1 3\n3 0 3 2\n3 1 2 3\n"


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Readers print in C++ what is asserted here."""
    vtk.vtkObject.GlobalWarningDisplayOff()


@pytest.fixture
def grid() -> Grid:
    return named_grid("oblique")


def saved(node: slicer.vtkMRMLStorableNode, storage: slicer.vtkMRMLStorageNode, path: Path) -> Path:
    storage.SetFileName(str(path))
    assert storage.WriteData(node)
    return path


def saved_model(node: slicer.vtkMRMLModelNode, path: Path, frame: str = "LPS") -> Path:
    if path.suffix == ".obj":
        return obj_file(node.GetPolyData(), path, frame)  # written by the node only where there is a screen
    storage = slicer.vtkMRMLModelStorageNode()
    storage.SetCoordinateSystem(storage.GetCoordinateSystemFromString(frame))
    return saved(node, storage, path)


def obj_file(surface: vtk.vtkPolyData, path: Path, frame: str) -> Path:
    flip = [-1, -1, 1] if frame == "LPS" else [1, 1, 1]
    lines = [f"# 3D Slicer output. SPACE={frame}"]
    for index in range(surface.GetNumberOfPoints()):
        x, y, z = np.array(surface.GetPoint(index)) * flip
        lines.append(f"v {x} {y} {z}")
    for number in range(surface.GetNumberOfPolys()):
        cell = surface.GetCell(number)
        lines.append("f " + " ".join(str(cell.GetPointId(n) + 1) for n in range(cell.GetNumberOfPoints())))
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return path


@pytest.mark.parametrize("frame", ["RAS", "LPS"])
@pytest.mark.parametrize("ending", MODEL_ENDINGS)
def test_a_model_comes_from_its_file_to_the_same_place(ending, frame, scene, grid, tmp_path):
    node = add_model(scene, ball(CENTER, 12))
    folder = tmp_path / "Größe of 脳"
    folder.mkdir()
    read = read_mask(scene, saved_model(node, folder / f"bone{ending}", frame), "fixed")
    np.testing.assert_allclose(read.GetPolyData().GetBounds(), node.GetPolyData().GetBounds(), atol=1e-4)
    np.testing.assert_array_equal(
        covered(mask_on_grid(read, grid, "fixed")), covered(mask_on_grid(node, grid, "fixed"))
    )
    assert read.GetName() == "bone"
    assert read.GetStorageNodeID() is None


@pytest.mark.parametrize("ending", MODEL_ENDINGS)
def test_a_model_of_quadrangles_is_closed_after_its_file_too(ending, scene, grid, tmp_path):
    node = add_model(scene, brick(SIZE_MM, TURNED))
    read = read_mask(scene, saved_model(node, tmp_path / f"brick{ending}"), "fixed")
    assert voxel_count(mask_on_grid(read, grid, "fixed")) == voxel_count(mask_on_grid(node, grid, "fixed"))


def test_a_model_that_does_not_say_its_frame_is_taken_as_lps(scene, tmp_path):
    writer = vtk.vtkSTLWriter()
    writer.SetInputData(ball(CENTER, 12))
    writer.SetFileName(str(tmp_path / "scan.stl"))
    writer.Write()
    read = read_mask(scene, tmp_path / "scan.stl", "fixed")
    np.testing.assert_allclose(read.GetPolyData().GetCenter(), (-3.0, -8.0, 1.0), atol=1e-3)


@pytest.mark.parametrize("name", ["box.mrk.json", "box.json", "Box.MRK.JSON"])
def test_a_roi_comes_from_its_file_to_the_same_place(name, scene, grid, tmp_path):
    node = add_roi(scene, SIZE_MM, TURNED)
    path = saved(node, slicer.vtkMRMLMarkupsROIJsonStorageNode(), tmp_path / name)
    read = read_mask(scene, path, "moving")
    assert read.IsA("vtkMRMLMarkupsROINode")
    np.testing.assert_array_equal(
        covered(mask_on_grid(read, grid, "moving")), covered(mask_on_grid(node, grid, "moving"))
    )
    assert read.GetStorageNodeID() is None


def roi_file(folder: Path, **changes: object) -> Path:
    """A ROI in RAS, written by hand; a change to None leaves an entry out."""
    entries = {
        "type": "ROI",
        "coordinateSystem": "RAS",
        "roiType": "Box",
        "center": [3, 8, 1],
        "orientation": [1, 0, 0, 0, 1, 0, 0, 0, 1],
        "size": [20, 12, 8],
        "controlPoints": [{"id": "1", "position": [3, 8, 1], "positionStatus": "defined"}],
        **changes,
    }
    schema = "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    markup = {key: value for key, value in entries.items() if value is not None}
    document = {"@schema": schema + "markups-schema-v1.0.3.json#", "markups": [markup]}
    path = folder / "roi.mrk.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_roi_in_ras_lies_where_it_says(scene, tmp_path):
    found = covered(mask_on_grid(read_mask(scene, roi_file(tmp_path), "fixed"), named_grid("straight"), "fixed"))
    middle = (np.argwhere(found).mean(axis=0) - [12.5, 13.5, 14.5]) * 2.0  # k, j, i
    assert found.sum() == 10 * 6 * 4
    np.testing.assert_allclose(middle[::-1], [3, 8, 1], atol=1.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": None}, "no finite volume"),
        ({"size": ["wide", 12, 8]}, "no finite volume"),
        ({"size": [20, 12]}, "no finite volume"),
        ({"roiType": "Sphere"}, "is no box"),
        ({"center": None, "controlPoints": None}, "no finite volume"),
        ({"orientation": [1, 0]}, "cannot be read"),
        ({"center": [1, 2]}, "cannot be read"),
        ({"insideOut": True}, "turned inside out"),
        ({"type": "Fiducial"}, "holds markups of the kind Fiducial and no ROI"),
        ({"type": "Plane"}, "holds markups of the kind Plane and no ROI"),
        ({"type": None}, "is no markups file, or a part of it is missing"),
    ],
)
def test_a_file_of_something_else_than_a_box_is_refused(changes, message, scene, grid, tmp_path):
    path = roi_file(tmp_path, **changes)
    with pytest.raises(MaskError, match=message) as caught:
        mask_on_grid(read_mask(scene, path, "fixed"), grid, "fixed")
    assert "fixed mask" in caught.value.what
    assert caught.value.remedy


def test_a_list_of_points_is_refused_and_leaves_no_node(scene, tmp_path):
    node = add_points(scene, np.ones((3, 3)))
    path = saved(node, slicer.vtkMRMLMarkupsJsonStorageNode(), tmp_path / "points.mrk.json")
    scene.Clear(True)
    with pytest.raises(MaskError, match=r"The moving mask points\.mrk\.json holds markups of the kind Fiducial and no"):
        read_mask(scene, path, "moving")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize("content", ["A letter to the editor.", '{"answer": 42}', '{"markups": []}', "[1]", "\x00"])
def test_what_is_no_markups_file_is_refused_and_leaves_no_node(content, scene, tmp_path):
    path = tmp_path / "roi.mrk.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(MaskError, match=r"The fixed mask roi\.mrk\.json is no markups file"):
        read_mask(scene, path, "fixed")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MaskError, match="is no markups file"):
        read_mask(scene, path, "fixed")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize("kept", [0.5, 0.3, 0.02])  # behind that, .vtk has normals, which a mask can do without
@pytest.mark.parametrize("ending", MODEL_ENDINGS)
def test_of_a_model_file_that_was_cut_off_no_mask_is_made(ending, kept, scene, grid, tmp_path):
    path = saved_model(add_model(scene, ball(CENTER, 12)), tmp_path / f"bone{ending}")
    scene.Clear(True)
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    with pytest.raises(MaskError, match="fixed mask"):
        mask_on_grid(read_mask(scene, path, "fixed"), grid, "fixed")


@pytest.mark.parametrize("ending", MODEL_ENDINGS)
def test_a_text_with_the_name_of_a_model_is_refused_and_leaves_no_node(ending, scene, tmp_path):
    path = tmp_path / f"text{ending}"
    path.write_text("A letter to the editor.\nIt has two lines.\n" * 50)
    with pytest.raises(MaskError, match="moving mask"):
        read_mask(scene, path, "moving")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize("ending", [".mrk.json", *MODEL_ENDINGS])
def test_missing_and_empty_files_of_shapes_are_told_apart(ending, scene, tmp_path):
    path = tmp_path / f"shape{ending}"
    with pytest.raises(MaskError, match="The file of the fixed mask does not exist"):
        read_mask(scene, path, "fixed")
    path.touch()
    with pytest.raises(MaskError, match="The file of the fixed mask is empty"):
        read_mask(scene, path, "fixed")
    assert scene.GetNumberOfNodes() == 0


def test_an_image_in_a_file_of_models_is_refused(scene, tmp_path):
    image = vtk.vtkImageData()
    image.SetDimensions(4, 4, 4)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    writer = vtk.vtkStructuredPointsWriter()
    writer.SetInputData(image)
    writer.SetFileName(str(tmp_path / "image.vtk"))
    writer.Write()
    with pytest.raises(MaskError, match="fixed mask"):
        read_mask(scene, tmp_path / "image.vtk", "fixed")
    assert scene.GetNumberOfNodes() == 0


def binary_ply(order: str, list_types: str = "uchar int", letters: str = "Bi") -> bytes:
    name = {"<": "binary_little_endian", ">": "binary_big_endian"}[order]
    header = PLY_HEADER.replace("ascii", name).replace("uchar int", list_types)
    rows = [line.split() for line in PLY_BODY.splitlines()]
    points = [struct.pack(order + "3fB", *map(float, row[:3]), int(row[3])) for row in rows[:4]]
    faces = [struct.pack(f"{order}{letters[0]}3{letters[1]}", *map(int, row)) for row in rows[4:]]
    return header.encode() + b"".join(points + faces)


WHOLE_PLY = {
    "ascii": (PLY_HEADER + PLY_BODY).encode(),
    "other line ends": (PLY_HEADER + PLY_BODY).replace("\n", "\r\n").encode(),
    "little endian": binary_ply("<"),
    "big endian": binary_ply(">"),
    "other types": binary_ply("<", "int8 uint32", "bI"),
}


@pytest.mark.parametrize("name", WHOLE_PLY)
def test_a_ply_file_of_any_kind_is_read(name, scene, grid, tmp_path):
    (tmp_path / "a.ply").write_bytes(WHOLE_PLY[name])
    node = read_mask(scene, tmp_path / "a.ply", "fixed")
    assert (node.GetPolyData().GetNumberOfPoints(), node.GetPolyData().GetNumberOfPolys()) == (4, 4)
    assert voxel_count(mask_on_grid(node, grid, "fixed")) == pytest.approx(20**3 / 6 / 8, rel=0.1)


@pytest.mark.parametrize("name", WHOLE_PLY)
def test_a_ply_file_that_misses_a_byte_is_not_whole(name):
    assert is_whole_ply(WHOLE_PLY[name])
    lost = 1 if "endian" in name or "types" in name else 4  # of a text, the last corner and the line's end
    for end in (len(WHOLE_PLY[name]) - lost, 200, 40):
        assert not is_whole_ply(WHOLE_PLY[name][:end])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3 1 2 3\n", "3 1 2 4\n"),
        ("3 1 2 3\n", "3 1 2 -1\n"),
        ("3 1 2 3\n", "-3 1 2 3\n"),
        ("3 1 2 3\n", "4 1 2 3\n"),
        ("3 1 2 3\n", "3 1 2 3 0\n"),
        ("3 1 2 3\n", "a b c d\n"),
        ("0 20 0 9", "0 20 nan 9"),
        ("0 20 0 9", "0 20 0 999"),
        ("0 20 0 9", "0 20 0"),
        ("element face 4", "element face 5"),
        ("element face 4", "element face -1"),
        ("element face 4", "element face many"),
        ("element vertex 4", "element point 4"),
        ("property float z", "property float w"),
        ("property float z", "property complex z"),
        ("property float z", "property z"),
        ("vertex_indices", "corners"),
        ("list uchar int", "int"),
        ("end_header\n", "end_header9\n"),
        ("end_header\n", ""),
        ("ascii", "packed"),
        ("comment", "remark"),
        ("element vertex 4\n", ""),
    ],
)
def test_a_ply_file_that_its_reader_would_stumble_over_is_not_whole(old, new, scene, tmp_path):
    changed = (PLY_HEADER + PLY_BODY).replace(old, new)
    assert changed != PLY_HEADER + PLY_BODY
    (tmp_path / "a.ply").write_text(changed)
    with pytest.raises(
        MaskError, match=r"The fixed mask a\.ply is no surface in a PLY file, or a part of it is missing"
    ):
        read_mask(scene, tmp_path / "a.ply", "fixed")


@pytest.mark.parametrize("order", ["<", ">"])
def test_faces_of_several_sizes_and_more_properties_are_whole_too(order):
    header = PLY_HEADER.replace("ascii", "binary_little_endian" if order == "<" else "binary_big_endian")
    header = header.replace("end_header", "property uchar flags\nelement edge 1\nproperty int start\nend_header")
    points = b"".join(struct.pack(order + "3fB", *row) for row in [(0, 0, 0, 9)] * 4)
    faces = struct.pack(order + "B3iB", 3, 0, 1, 2, 7) + struct.pack(order + "B4iB", 4, 0, 1, 2, 3, 7)
    content = header.encode() + points + 2 * faces + struct.pack(order + "i", 5)
    assert is_whole_ply(content)
    assert not is_whole_ply(content[:-1])
    assert not is_whole_ply(
        content.replace(struct.pack(order + "4iB", 0, 1, 2, 3, 7), struct.pack(order + "4iB", 0, 1, 2, 9, 7))
    )
