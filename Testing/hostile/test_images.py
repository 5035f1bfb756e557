"""Headers of volumes that ask for memory without end, for other files, or end the program that reads them."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import vtk

from ElastixPlusLib.errors import InitialTransformError, MaskError, VolumeError
from ElastixPlusLib.mrml.file_checks import is_whole_nifti
from ElastixPlusLib.mrml.files import (
    read_mask,
    read_structures,
    read_transform,
    read_volume,
    write_volume,
)
from ElastixPlusLib.mrml.image_headers import header_fault, nrrd_data_fault
from phantoms import add_volume

VOXELS = b"\0\1\0\1\0\1\0\1"


@pytest.fixture(autouse=True)
def quiet() -> None:
    vtk.vtkObject.GlobalWarningDisplayOff()


def nrrd(
    sizes: str = "2 2 2", more: str = "", directions: str = "(1,0,0) (0,1,0) (0,0,1)", encoding: str = "raw"
) -> bytes:
    return (
        f"NRRD0004\ntype: uchar\ndimension: 3\nspace: left-posterior-superior\nsizes: {sizes}\n"
        f"space directions: {directions}\nkinds: domain domain domain\nendian: little\nencoding: {encoding}\n"
        f"space origin: (0,0,0)\n{more}\n"
    ).encode() + VOXELS


def meta(
    size: str = "2 2 2", data: str = "LOCAL", spacing: str = "1 1 1", axes: str = "1 0 0 0 1 0 0 0 1", more: str = ""
) -> bytes:
    return (
        f"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n{more}"
        f"TransformMatrix = {axes}\nOffset = 0 0 0\nElementSpacing = {spacing}\nDimSize = {size}\n"
        f"ElementType = MET_UCHAR\nElementDataFile = {data}\n"
    ).encode() + VOXELS


ABSURD = {
    "negative.mha": (meta("-2 2 2"), "size -2 2 2"),
    "none.mha": (meta("0 2 2"), "size 0 2 2"),
    "overflowing.mha": (meta("2147483647 2147483647 2147483647"), "missing"),
    "huge.mha": (meta("100000 100000 100000"), "missing"),
    "compressed.mha": (meta("100000 100000 100000", more="CompressedData = True\n"), "missing"),
    "words.mha": (meta("two 2 2"), "size two 2 2"),
    "long.mha": (meta("9" * 5000), "size 999"),
    "twice.mha": (meta(more="DimSize = 9 9 9\n"), "not understood"),
    "axes.mha": (meta().replace(b"NDims = 3", b"NDims = 2"), "another number of sizes"),
    "many-axes.mha": (meta().replace(b"NDims = 3", b"NDims = 30"), "another number of sizes"),
    "axes.nrrd": (nrrd().replace(b"dimension: 3", b"dimension: 4"), "another number of sizes"),
    "no-axes.nrrd": (nrrd().replace(b"dimension: 3", b"dimension: \t"), "another number of sizes"),
    "no-axes.mha": (meta().replace(b"NDims = 3", b"NDims = "), "another number of sizes"),
    "other-word.mha": (meta(more="dimension = 3\n").replace(b"NDims = 3", b"NDims = 2"), "another number of sizes"),
    "channels.mha": (meta(more="ElementNumberOfChannels = 2147483647\n"), "missing"),
    "negative.nrrd": (nrrd("-1 2 2"), "size -1 2 2"),
    "none.nrrd": (nrrd("0 2 2"), "size 0 2 2"),
    "overflowing.nrrd": (nrrd("4294967296 4294967296 4294967296"), "size 4294967296"),
    "huge.nrrd": (nrrd("100000 100000 100000"), "missing"),
    "compressed.nrrd": (nrrd("100000 100000 100000", encoding="gzip"), "missing"),
    "twice.nrrd": (nrrd(more="sizes: 9 9 9\n"), "not understood"),
    "null.nrrd": (nrrd(more="# a\0b\n"), "not understood"),
    "magic.nrrd": (nrrd().replace(b"NRRD0004", b"NRRD0004\1\0\0\0"), "not understood"),
    "torn.nrrd": (nrrd(more="Offset = 0 0 0\n"), "not understood"),
    "elsewhere.nrrd": (nrrd(more="data file: /etc/hostname\n"), "no file of its folder"),
    "above.nhdr": (nrrd(more="data file: ../secret.raw\n"), "no file of its folder"),
    "drive.nhdr": (nrrd(more="data file: C:\\secret.raw\n"), "no file of its folder"),
    "list.nhdr": (nrrd(more="data file: LIST\n/etc/hostname\n"), "no file of its folder"),
    "elsewhere.mhd": (meta(data="/etc/hostname"), "no file of its folder"),
    "above.mhd": (meta(data="inner/../../secret.raw"), "no file of its folder"),
    "share.mhd": (meta(data="\\\\host\\share\\a.raw"), "no file of its folder"),
    "list.mhd": (meta(data="LIST\n/etc/hostname\n../secret.raw"), "no file of its folder"),
    "missing.mhd": (meta(data="no-such.raw"), "no file of its folder"),
    "no-numbers.mhd": (meta(data="a%d.raw"), "no file of its folder"),
    "no-step.mhd": (meta(data="a%d.raw 1 2 0"), "no file of its folder"),
    "other-pattern.mhd": (meta(data="LOCALa%e = b"), "no file of its folder"),
    "two-patterns.mhd": (meta(data="a%d%s.raw 1 2 1"), "no file of its folder"),
    "pattern.mhd": (meta(data="../secret%d.raw 1 2 1"), "no file of its folder"),
}


@pytest.mark.parametrize("name", ABSURD)
def test_a_header_that_asks_for_too_much_is_refused_before_its_reader_sees_it(name: str, tmp_path: Path, scene):
    content, said = ABSURD[name]
    (tmp_path / "secret.raw").write_bytes(VOXELS)
    folder = tmp_path / "own"
    folder.mkdir()
    path = folder / name
    path.write_bytes(content)
    assert said in header_fault(path)
    for read, error in ((read_volume, VolumeError), (read_mask, MaskError), (read_structures, MaskError)):
        with pytest.raises(error, match=said):
            read(scene, path, "fixed")
    with pytest.raises(InitialTransformError, match=said):
        read_transform(scene, path)
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("spacing.mha", meta(spacing="0 1 1")),
        ("spacing.mha", meta(spacing="nan 1 1")),
        ("axes.mha", meta(axes="0 0 0 0 0 0 0 0 0")),
        ("axes.mha", meta(axes="1 0 0 1 0 0 0 0 1")),
        ("axes.nrrd", nrrd(directions="(0,0,0) (0,1,0) (0,0,1)")),
        ("axes.nrrd", nrrd(directions="(nan,0,0) (0,1,0) (0,0,1)")),
        ("axes.nrrd", nrrd(directions="(1,0,0) (1,0,0) (0,0,1)")),
    ],
)
def test_a_volume_without_extent_is_refused(name: str, content: bytes, tmp_path: Path, scene):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(VolumeError):
        read_volume(scene, tmp_path / name, "fixed")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.nrrd", nrrd()),
        ("a.nrrd", nrrd().replace(b"\n", b"\r\n", 1).replace(b"\r\n", b"\n")),
        ("a.mha", meta()),
        ("a.mha", meta(more="0008|0060 = CT\nComment = more = less\n")),
        ("a.nhdr", nrrd(more="data file: inner/voxels.raw\n")),
        ("a.mhd", meta(data="inner/voxels.raw")),
        ("a.mhd", meta(data="LIST\ninner/voxels.raw\ninner/voxels.raw").removesuffix(VOXELS)),
        ("a.mhd", meta(data="inner/slice%02d.raw 1 2 1")),
    ],
)
def test_a_usual_header_is_nothing_to_refuse(name: str, content: bytes, tmp_path: Path, scene):
    (tmp_path / "inner").mkdir()
    for inner in ("voxels", "slice01", "slice02"):
        (tmp_path / "inner" / f"{inner}.raw").write_bytes(VOXELS)
    (tmp_path / name).write_bytes(content)
    assert header_fault(tmp_path / name) == ""
    assert read_volume(scene, tmp_path / name, "fixed").GetImageData().GetDimensions() == (2, 2, 2)


@pytest.mark.parametrize(
    "directions",
    [
        "(0,0,0) (0,1,0) (0,0,1)",
        "(nan,0,0) (0,1,0) (0,0,1)",
        "(1e999,0,0) (0,1,0) (0,0,1)",
        "(1,0,0) (1,0,0) (0,0,1)",
        "(1,0,0) (0,1,0)",
        "(1,0) (0,1) (0,1)",
        "(a,0,0) (0,1,0) (0,0,1)",
        "none none none",
    ],
)
def test_a_segmentation_without_extent_is_refused(directions: str, tmp_path: Path, scene):
    (tmp_path / "a.seg.nrrd").write_bytes(nrrd())
    assert nrrd_data_fault(tmp_path / "a.seg.nrrd") == ""
    (tmp_path / "a.seg.nrrd").write_bytes(nrrd(directions=directions))
    with pytest.raises(MaskError, match=r"a\.seg\.nrrd has axes that span no space"):
        read_mask(scene, tmp_path / "a.seg.nrrd", "fixed")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize("torn", [b"Offset = 0 0 0\n", b"kinds: none none none\n", b"\0\0: 1\n"])
def test_a_segmentation_that_would_end_the_program_is_refused(torn: bytes, tmp_path: Path, scene):
    content = nrrd().replace(b"NRRD0004\n", b"NRRD0004\n" + torn)
    (tmp_path / "a.seg.nrrd").write_bytes(content)
    for read in (read_mask, read_structures):
        with pytest.raises(MaskError, match=r"a\.seg\.nrrd"):
            read(scene, tmp_path / "a.seg.nrrd", "fixed")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize(
    ("at", "kind", "number"),
    [
        (40, "h", -1),
        (40, "h", 0x0300),
        (40, "h", 8),
        (42, "h", -5),
        (42, "h", 32767),
        (108, "f", float("nan")),
        (108, "f", 1e38),
        (108, "f", -1e38),
    ],
)
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_a_nifti_file_with_absurd_numbers_is_refused(
    at: int, kind: str, number: float, ending: str, tmp_path: Path, scene
):
    path = tmp_path / f"a{ending}"
    write_volume(add_volume(scene, np.zeros((2, 3, 4), np.int16), np.eye(4)), path)
    scene.Clear(True)
    content = bytearray(gzip.decompress(path.read_bytes()) if ending.endswith("gz") else path.read_bytes())
    content[at : at + struct.calcsize(kind)] = struct.pack(f"<{kind}", number)
    path.write_bytes(gzip.compress(bytes(content)) if ending.endswith("gz") else content)
    with pytest.raises(VolumeError):
        read_volume(scene, path, "fixed")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize("bits", [0, -8, 1])
def test_a_nifti_file_that_says_it_needs_less_than_it_does_is_looked_at_by_its_type(bits: int, tmp_path: Path, scene):
    path = tmp_path / "a.nii"
    write_volume(add_volume(scene, np.ones((2, 3, 4), np.int16), np.eye(4)), path)
    content = bytearray(path.read_bytes())
    content[72:74] = struct.pack("<h", bits)
    path.write_bytes(content)
    assert is_whole_nifti(path)
    path.write_bytes(content[:-4])
    assert not is_whole_nifti(path)
