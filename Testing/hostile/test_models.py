"""Surface models whose native reader would ask for all memory, or end the program."""

from __future__ import annotations

from pathlib import Path

import pytest
import vtk

from ElastixPlusLib.errors import MaskError
from ElastixPlusLib.mrml.files import read_mask


@pytest.fixture(autouse=True)
def quiet() -> None:
    vtk.vtkObject.GlobalWarningDisplayOff()


@pytest.mark.parametrize(
    "text",
    [
        "v 0 0 0\nf 1/1/1 2/2/2 3/3/3\n",
        "l\0l\nf 1/1/1 2/2/2 3/3/3\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf -1 -2 -4\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1/1 2/2 3/3\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1//1 2//2 3//9999999999\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1/2/3/4 2 3\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf one two three\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\n",
        "",
    ],
)
def test_an_obj_file_with_faces_between_points_that_are_not_there_is_refused(text: str, tmp_path: Path, scene):
    (tmp_path / "a.obj").write_text(text)
    with pytest.raises(MaskError, match=r"an OBJ file|is empty"):
        read_mask(scene, tmp_path / "a.obj", "fixed")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize("face", ["f 1 2 3", "f -3 -2 -1", "f 1/1/1 2/1/1 3/1/1", "f 1//1 2//1 3//1", "f 1 2 \\\n3"])
def test_an_obj_file_with_faces_of_every_form_is_read(face: str, tmp_path: Path, scene):
    (tmp_path / "a.obj").write_text(f"# a\no a\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvn 0 0 1\ns off\n{face}\n")
    assert read_mask(scene, tmp_path / "a.obj", "fixed").GetMesh().GetNumberOfCells() == 1


VTK = (
    "# vtk DataFile Version 3.0\na\nASCII\nDATASET POLYDATA\nPOINTS {points} float\n0 0 0 1 0 0 0 1 0\n"
    "POLYGONS {faces}\n3 0 1 2\n"
)
VTP = (
    '<?xml version="1.0"?>\n<VTKFile type="PolyData" version="0.1" byte_order="LittleEndian"PACKED>\n<PolyData>'
    '<Piece NumberOfPoints="COUNT" NumberOfVerts="0" NumberOfLines="0" NumberOfStrips="0" NumberOfPolys="1">\n'
    '<Points><DataArray type="Float32" NumberOfComponents="ACROSS" FORM>0 0 0 1 0 0 0 1 0</DataArray></Points>\n'
    '<Polys><DataArray type="Int64" Name="connectivity" format="ascii">0 1 2</DataArray>'
    '<DataArray type="Int64" Name="offsets" format="ascii">3</DataArray></Polys></Piece></PolyData></VTKFile>\n'
)
SOUND = {"PACKED": "", "COUNT": "3", "ACROSS": "3", "FORM": 'format="ascii"'}


def vtp(**changed: str) -> str:
    text = VTP
    for word, stands_for in {**SOUND, **changed}.items():
        text = text.replace(word, stands_for)
    return text


@pytest.mark.parametrize(
    "text",
    [
        vtp(COUNT="99999999999"),
        vtp(COUNT="-1"),
        vtp(COUNT="9" * 40),
        vtp(COUNT="three"),
        vtp(ACROSS="2147483647"),
        vtp(FORM='format="appended" offset="99999999999"'),
        vtp(FORM='format="binary"').replace("0 0 0 1 0 0 0 1 0", "/////w=="),
        vtp(FORM='format="binary"', PACKED=' compressor="vtkZLibDataCompressor"').replace(
            "0 0 0 1 0 0 0 1 0", "////////////////"
        ),
        vtp(PACKED=' header_type="UInt7"'),
        vtp().replace("<VTKFile", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><VTKFile"),
    ],
)
def test_a_model_in_xml_that_asks_for_memory_without_end_is_refused(text: str, tmp_path: Path, scene):
    (tmp_path / "a.vtp").write_text(vtp())
    assert read_mask(scene, tmp_path / "a.vtp", "fixed").GetMesh().GetNumberOfCells() == 1
    scene.Clear(True)
    (tmp_path / "a.vtp").write_text(text)
    with pytest.raises(MaskError, match="a VTP file"):
        read_mask(scene, tmp_path / "a.vtp", "fixed")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize(
    ("points", "faces"), [("99999999999", "1 4"), ("3", "99999999999 4"), ("3", "1 -4"), ("9" * 40, "1 4")]
)
def test_a_model_of_vtk_that_asks_for_memory_without_end_is_refused(points: str, faces: str, tmp_path: Path, scene):
    sound = VTK.format(points="3", faces="1 4")
    (tmp_path / "a.vtk").write_text(sound)
    assert read_mask(scene, tmp_path / "a.vtk", "fixed").GetMesh().GetNumberOfCells() == 1
    scene.Clear(True)
    for text in (
        VTK.format(points=points, faces=faces),
        VTK.format(points="3", faces="1 5"),
        VTK.format(points="3", faces="2 4"),
        VTK.format(points="3", faces="1 4").replace("3 0 1 2", "9 0 1 2"),
        VTK.format(points="3", faces="1 4").replace("3 0 1 2", "-3 0 1 2"),
        f"{sound}POINT_DATA 3\nFIELD a 1\nb 9999 9999 int\n",
    ):
        (tmp_path / "a.vtk").write_text(text)
        with pytest.raises(MaskError, match="a VTK file"):
            read_mask(scene, tmp_path / "a.vtk", "fixed")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize(
    "changed",
    [
        ("POLYGONS 1 4", "POLYGONS 9 1and so on"),
        ("POLYGONS 1 4\n", "POLYGONS 9 4\nOFFSETS int\n"),
        ("\na\nASCII", "\nASCII\nBINARY"),
        ("Version 3.0", "Version three"),
        ("POLYGONS 1 4", "POLYGONS 9\n1"),
        ("POLYGONS 1 4", "POLYGONSANDSOON 9 4"),
        ("POLYGONS 1 4", "polygons 9 4"),
        ("0 1 0\nPOLYGONS 1 4", "0 1 0 POLYGONS 9 4"),
        ("POINTS 3 float", "POINTS\n999999999\nfloat"),
        ("POINTS 3 float", "POINTS 999999999 floating"),
        ("3 0 1 2\n", "3 0 1 2\nPOINT_DATA\n999999999\nNORMALS n float\n"),
        ("3 0 1 2\n", "3 0 1 2\nPOINT_DATA 3\nFIELD a\n999999999\n"),
        ("3 0 1 2\n", "3 0 1 2\nPOINT_DATA 3\nFIELD a 1\nb\n9999\n9999\nint\n"),
        ("3 0 1 2\n", "3 0 1 2\nPOINT_DATA 3\nFIELD a 1\n7 9999 9999 int\n"),
    ],
)
def test_words_of_vtk_in_other_places_and_spellings_hide_no_count(changed: tuple[str, str], tmp_path: Path, scene):
    """The reader takes words for words wherever they stand, and by how they begin."""
    sound = VTK.format(points="3", faces="1 4")
    assert changed[0] in sound
    (tmp_path / "a.vtk").write_text(sound.replace(*changed))
    with pytest.raises(MaskError, match="a VTK file"):
        read_mask(scene, tmp_path / "a.vtk", "fixed")


@pytest.mark.parametrize("is_binary", [False, True])
@pytest.mark.parametrize("version", [42, 51])
def test_a_model_of_vtk_with_values_at_its_points_and_faces_is_read(
    is_binary: bool, version: int, tmp_path: Path, scene
):
    ball = vtk.vtkSphereSource()
    ball.Update()
    mesh = ball.GetOutput()
    for name, largest in (("labels", 2**31 - 1), ("intensity", 70_000), ("floats", 5), ("a name", 3)):
        values = vtk.vtkIntArray()
        values.SetName(name)
        for data, count in ((mesh.GetPointData(), mesh.GetNumberOfPoints()), (mesh.GetCellData(), 96)):
            one = values.NewInstance()
            one.SetName(name)
            for index in range(count):
                one.InsertNextValue(largest - index % 3)
            data.AddArray(one)
    mesh.GetPointData().SetActiveScalars("labels")
    writer = vtk.vtkPolyDataWriter()
    writer.SetInputData(mesh)
    writer.SetFileVersion(version)
    writer.SetFileName(str(tmp_path / "a.vtk"))
    if is_binary:
        writer.SetFileTypeToBinary()
    writer.Write()
    assert read_mask(scene, tmp_path / "a.vtk", "fixed").GetMesh().GetNumberOfCells() == 96


def test_a_title_of_a_model_of_vtk_is_no_word_of_the_format(tmp_path: Path, scene):
    (tmp_path / "a.vtk").write_text(VTK.format(points="3", faces="1 4").replace("\na\n", "\nBINARY POLYGONS 9 9\n"))
    assert read_mask(scene, tmp_path / "a.vtk", "fixed").GetMesh().GetNumberOfCells() == 1
