"""Markups of any numbers and labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import slicer
import vtk

from ElastixPlusLib.errors import LandmarkError, MaskError
from ElastixPlusLib.evaluation.structure_names import structures_steps
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.files import read_landmarks, read_mask
from ElastixPlusLib.mrml.landmarks import control_points
from ElastixPlusLib.steps import run_to_end
from rasterised import mask_on_grid


@pytest.fixture(autouse=True)
def quiet() -> None:
    vtk.vtkObject.GlobalWarningDisplayOff()


def markups(positions: list[object], labels: list[str]) -> str:
    points = [
        {"id": str(index), "label": label, "position": position, "positionStatus": "defined"}
        for index, (position, label) in enumerate(zip(positions, labels, strict=True))
    ]
    schema = "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    markup = {"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": points}
    return json.dumps({"@schema": f"{schema}markups-schema-v1.0.3.json#", "markups": [markup]})


@pytest.mark.parametrize("position", [[1, 2], [], ["1", "2", "3"], None, [1e999, 0, 0], [float("nan"), 0, 0]])
def test_a_landmark_without_a_position_has_none_or_is_refused(position: object, tmp_path: Path, scene):
    (tmp_path / "a.mrk.json").write_text(markups([[1, 2, 3], position], ["A", "B"]))
    try:
        labels, points = control_points(read_landmarks(scene, tmp_path / "a.mrk.json", "fixed"))
    except LandmarkError:
        assert scene.GetNumberOfNodes() == 0
        return
    assert len(labels) == len(points)
    assert not np.isinf(points).any()


def test_markups_that_are_wrong_by_kind_are_refused(tmp_path: Path, scene):
    for text in ('{"markups": 1}', '{"markups": [1]}', '{"markups": [{"type": 1}]}', "[]", "null", '{"markups": [{}]}'):
        (tmp_path / "a.mrk.json").write_text(text)
        with pytest.raises(LandmarkError):
            read_landmarks(scene, tmp_path / "a.mrk.json", "fixed")
        with pytest.raises(MaskError):
            read_mask(scene, tmp_path / "a.mrk.json", "fixed")
    assert scene.GetNumberOfNodes() == 0


def test_labels_of_any_letters_are_only_labels(tmp_path: Path, scene):
    labels = ["", " ", "A" * 10_000, "=1+1", "<b>x</b>", "$x$", "{0}", "%s", "\x1b[2J", "\u202ex", "A", "A"]
    (tmp_path / "a.mrk.json").write_text(markups([[1, 2, index] for index in range(len(labels))], labels))
    assert control_points(read_landmarks(scene, tmp_path / "a.mrk.json", "fixed"))[0] == tuple(labels)


def test_a_list_without_end_is_read_in_time(tmp_path: Path, scene):
    count = 20_000
    head = "# Markups fiducial file version = 4.11\n"
    head += "# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n"
    (tmp_path / "a.fcsv").write_text(head + "".join(f"a,{n},0,0,0,0,0,1,1,1,0,L{n},,\n" for n in range(count)))
    node = read_landmarks(scene, tmp_path / "a.fcsv", "fixed")
    assert isinstance(node, slicer.vtkMRMLMarkupsNode)
    assert control_points(node)[1].shape == (count, 3)


def test_a_label_that_is_no_utf_8_is_read_as_text(tmp_path: Path, scene):
    """VTK gives it to Python as bytes, at which whatever made a sentence of it failed."""
    line = "a,{},0,0,0,0,0,1,1,1,0,{},,\n".format
    head = "# Markups fiducial file version = 4.11\n"
    head += "# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n"
    (tmp_path / "a.fcsv").write_bytes((head + line(1, "Größe") + line(2, "AC")).encode("latin-1"))
    assert control_points(read_landmarks(scene, tmp_path / "a.fcsv", "fixed"))[0] == ("Größe", "AC")


def test_a_name_of_a_segment_that_is_no_utf_8_is_read_as_text(scene):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "s")
    image = slicer.vtkOrientedImageData()
    image.SetDimensions(2, 2, 2)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    for key, name in (("a", "Größe".encode("latin-1")), ("b", "Leber")):
        segment = slicer.vtkSegment()
        segment.AddRepresentation("Binary labelmap", image)
        segment.SetName(name)
        node.GetSegmentation().AddSegment(segment, key)
    names = [structure.name for structure in run_to_end(structures_steps(node, "fixed"))]
    assert names == ["Größe", "Leber"]
    with pytest.raises(MaskError, match="Größe"):
        mask_on_grid(node, Grid((2, 2, 2), np.eye(4)), "fixed", ["Milz"])
