"""Control points are read as they lie in the world, also from files of either frame; unplaced ones are no positions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import slicer
import vtk

from ElastixPlusLib.errors import LandmarkError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.files import read_landmarks
from ElastixPlusLib.mrml.landmarks import control_points
from ElastixPlusLib.mrml.transforms import grid_transform
from phantoms import add_linear_transform, add_points, grid_matrix, rotation_about, shift

POINTS = np.array([[1.0, 2.0, 3.0], [-4.5, 5.25, 60.0], [7.0, -8.0, 9.125]])


def test_labels_and_positions_come_in_the_order_of_the_list(scene):
    labels, positions = control_points(add_points(scene, POINTS, ["AC", "PC", "AC"]))
    assert labels == ("AC", "PC", "AC")
    np.testing.assert_array_equal(positions, POINTS)


def test_an_empty_list_has_no_rows(scene):
    labels, positions = control_points(add_points(scene, np.zeros((0, 3))))
    assert labels == ()
    assert positions.shape == (0, 3)


def test_a_point_that_was_unset_or_is_missing_is_listed_without_a_position(scene):
    node = add_points(scene, POINTS)
    node.UnsetNthControlPointPosition(0)
    node.SetNthControlPointPositionMissing(2)
    labels, positions = control_points(node)
    assert labels == ("1", "2", "3")
    assert np.isnan(positions[[0, 2]]).all()
    np.testing.assert_array_equal(positions[1], POINTS[1])


def test_the_preview_under_the_mouse_is_no_landmark(scene):
    node = add_points(scene, POINTS)
    node.CreateDefaultDisplayNodes()
    mouse = slicer.vtkMRMLInteractionEventData()
    mouse.SetWorldPosition([50.0, 50.0, 50.0])
    upright = np.eye(3).ravel().tolist()
    node.GetDisplayNode().UpdateActiveControlPointWorld(  # what a view does when the mouse moves in place mode
        -1, mouse, upright, "", "", slicer.vtkMRMLMarkupsNode.PositionPreview
    )
    assert node.GetNumberOfControlPoints() == 4
    labels, positions = control_points(node)
    assert labels == ("1", "2", "3")
    np.testing.assert_array_equal(positions, POINTS)


def test_a_landmark_that_follows_the_mouse_before_it_is_placed_stays_listed(scene):
    node = add_points(scene, POINTS)
    node.UnsetNthControlPointPosition(1)
    node.SetNthControlPointPosition(1, 50.0, 50.0, 50.0, slicer.vtkMRMLMarkupsNode.PositionPreview)
    labels, positions = control_points(node)
    assert labels == ("1", "2", "3")
    assert np.isnan(positions[1]).all()


def test_an_unselected_or_hidden_point_is_still_a_landmark(scene):
    node = add_points(scene, POINTS)
    node.SetNthControlPointSelected(0, False)
    node.SetNthControlPointVisibility(1, False)
    assert np.isfinite(control_points(node)[1]).all()


def test_linear_parents_move_the_points(scene):
    matrix = shift(10, 0, 0) @ rotation_about((0, 0, 1), 90.0)
    node = add_points(scene, POINTS)
    node.SetAndObserveTransformNodeID(add_linear_transform(scene, matrix).GetID())
    np.testing.assert_allclose(control_points(node)[1], POINTS @ matrix[:3, :3].T + matrix[:3, 3], atol=1e-12)


def test_a_deforming_parent_moves_the_points_by_its_to_parent_side(scene):
    displacements = np.zeros((9, 9, 9, 3))
    displacements[..., 0] = np.linspace(0.0, 8.0, 9)  # 0 mm at x = -80 to 8 mm at x = 80
    parent = scene.AddNewNodeByClass("vtkMRMLTransformNode", "parent")
    parent.SetAndObserveTransformToParent(
        grid_transform(displacements, Grid((9, 9, 9), grid_matrix((9, 9, 9), (20, 20, 20))))
    )
    node = add_points(scene, POINTS)
    node.SetAndObserveTransformNodeID(parent.GetID())
    expected = POINTS.copy()
    expected[:, 0] += 4.0 + POINTS[:, 0] / 20.0
    np.testing.assert_allclose(control_points(node)[1], expected, atol=2e-5)


def test_reading_leaves_the_points_as_they_were(scene):
    node = add_points(scene, POINTS)
    parent = add_linear_transform(scene, shift(1, 2, 3))
    node.SetAndObserveTransformNodeID(parent.GetID())
    control_points(node)
    np.testing.assert_array_equal([node.GetNthControlPointPosition(index) for index in range(3)], POINTS)
    assert node.GetTransformNodeID() == parent.GetID()
    assert scene.GetNumberOfNodesByClass("vtkMRMLMarkupsNode") == 1


def markups_json(folder: Path, frame: str, points: np.ndarray, labels: list[str]) -> Path:
    path = folder / "points.mrk.json"
    listed = [
        {"id": str(index + 1), "label": label, "position": list(point), "positionStatus": "defined"}
        for index, (label, point) in enumerate(zip(labels, points, strict=True))
    ]
    schema = "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    markup = {"type": "Fiducial", "coordinateSystem": frame, "controlPoints": listed}
    document = {"@schema": schema + "markups-schema-v1.0.3.json#", "markups": [markup]}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def fcsv(folder: Path, frame: str, points: np.ndarray, labels: list[str]) -> Path:
    path = folder / "points.fcsv"
    lines = ["# Markups fiducial file version = 4.11", f"# CoordinateSystem = {frame}"]
    lines += ["# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID"]
    for label, (x, y, z) in zip(labels, points.tolist(), strict=True):
        lines.append(f"vtkMRMLMarkupsFiducialNode_1,{x},{y},{z},0,0,0,1,1,1,0,{label},,")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("frame", ["RAS", "LPS"])
@pytest.mark.parametrize("write", [markups_json, fcsv])
def test_files_of_either_frame_give_the_same_world_positions(write, frame, scene, tmp_path):
    written = POINTS * [-1, -1, 1] if frame == "LPS" else POINTS
    node = read_landmarks(scene, write(tmp_path, frame, written, ["AC", "PC", "tip"]), "fixed")
    labels, positions = control_points(node)
    assert labels == ("AC", "PC", "tip")
    np.testing.assert_allclose(positions, POINTS, atol=1e-6)


@pytest.mark.parametrize("write", [markups_json, fcsv])
def test_labels_in_any_language_survive(write, scene, tmp_path):
    labels = ["Größe", "前交連", "naïve é 1"]
    assert control_points(read_landmarks(scene, write(tmp_path, "LPS", POINTS, labels), "fixed"))[0] == tuple(labels)


def test_a_file_in_a_folder_with_spaces_and_umlauts_is_read(scene, tmp_path):
    folder = tmp_path / "Größe µm 脳"
    folder.mkdir()
    node = read_landmarks(scene, markups_json(folder, "RAS", POINTS, ["a", "b", "c"]), "fixed")
    np.testing.assert_allclose(control_points(node)[1], POINTS)


def test_a_point_that_is_listed_as_undefined_in_a_file_has_no_position(scene, tmp_path):
    path = markups_json(tmp_path, "RAS", POINTS, ["a", "b", "c"])
    document = json.loads(path.read_text(encoding="utf-8"))
    document["markups"][0]["controlPoints"][1]["positionStatus"] = "undefined"
    path.write_text(json.dumps(document), encoding="utf-8")
    positions = control_points(read_landmarks(scene, path, "fixed"))[1]
    assert np.isnan(positions[1]).all()
    assert np.isfinite(positions[[0, 2]]).all()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.mrk.json", "A letter to the editor."),
        ("other.mrk.json", '{"answer": 42}'),
        ("cut.mrk.json", '{"@schema": "markups-schema-v1.0.3.json#", "markups": [{"type": "Fiducial", "contr'),
        ("text.fcsv", "A letter to the editor.\nIt has two lines.\n"),
        ("words.fcsv", "# Markups fiducial file version = 4.11\nid,one,two,three,0,0,0,1,1,1,0,a,,\n"),
        ("nan.fcsv", "# Markups fiducial file version = 4.11\nid,nan,2,3,0,0,0,1,1,1,0,a,,\n"),
        ("short.fcsv", "# Markups fiducial file version = 4.11\nid,1,2\n"),
        ("points.csv", "1,2,3\n"),
        ("points.json", "{}"),
    ],
)
def test_what_is_no_list_of_points_is_refused_and_leaves_no_node(name, content, scene, tmp_path):
    vtk.vtkObject.GlobalWarningDisplayOff()
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LandmarkError, match="fixed landmarks") as caught:
        read_landmarks(scene, path, "fixed")
    assert caught.value.remedy
    assert scene.GetNumberOfNodes() == 0


def test_a_missing_file_and_an_empty_one_are_told_apart(scene, tmp_path):
    with pytest.raises(LandmarkError, match="does not exist"):
        read_landmarks(scene, tmp_path / "missing.mrk.json", "fixed")
    (tmp_path / "empty.fcsv").write_bytes(b"")
    with pytest.raises(LandmarkError, match="is empty"):
        read_landmarks(scene, tmp_path / "empty.fcsv", "moving")


def test_a_transform_can_be_left_out(scene):
    node = add_points(scene, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    result = add_linear_transform(scene, shift(10, 20, 30))
    node.SetAndObserveTransformNodeID(result.GetID())
    np.testing.assert_allclose(control_points(node)[1], [[11, 22, 33], [14, 25, 36]])
    np.testing.assert_array_equal(control_points(node, result)[1], [[1, 2, 3], [4, 5, 6]])
