"""Transforms of ITK whose native reader would believe every number in them, and overrun its memory."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import vtk

from ElastixPlusLib.errors import InitialTransformError
from ElastixPlusLib.mrml.files import read_transform


@pytest.fixture(autouse=True)
def quiet() -> None:
    vtk.vtkObject.GlobalWarningDisplayOff()


@pytest.mark.parametrize("number", ["1e999", "-inf", "nan", "9" * 400, "1e20", "-3", "0"])
def test_a_grid_in_a_transform_file_with_absurd_numbers_is_refused(number: str, tmp_path: Path, scene):
    fixed = " ".join([number, "4", "4", *["1"] * 15])
    (tmp_path / "a.tfm").write_text(
        "#Insight Transform File V1.0\n#Transform 0\nTransform: BSplineTransform_double_3_3\n"
        f"Parameters: {' '.join(['0'] * 192)}\nFixedParameters: {fixed}\n"
    )
    with pytest.raises(InitialTransformError):
        read_transform(scene, tmp_path / "a.tfm")
    assert scene.GetNumberOfNodes() == 0


MATLAB = (
    struct.pack("<5i", 0, 12, 1, 0, 27) + b"AffineTransform_double_3_3\0" + struct.pack("<12d", *np.eye(3, 4).ravel())
)
FIXED = struct.pack("<5i", 0, 3, 1, 0, 6) + b"fixed\0" + bytes(24)


@pytest.mark.parametrize(
    "content",
    [
        MATLAB + FIXED[:-1],
        MATLAB,
        FIXED + MATLAB,
        b"\xff" * 400,
        MATLAB.replace(b"_3_3", b"_2_2") + FIXED,
        struct.pack("<5i", 0, 2**31 - 1, 1, 0, 27) + MATLAB[20:] + FIXED,
        struct.pack("<5i", 0, -5, 1, 0, 27) + MATLAB[20:] + FIXED,
        struct.pack("<5i", 0, 12, 1, 0, 2**31 - 1) + MATLAB[20:] + FIXED,
        struct.pack("<5i", 0, 12, 1, 1, 27) + MATLAB[20:] + FIXED,
        MATLAB.replace(b"AffineTransform", b"BSplineTransfor") + FIXED,
    ],
)
def test_a_matlab_file_whose_reader_would_overrun_its_memory_is_refused(content: bytes, tmp_path: Path, scene):
    (tmp_path / "a.mat").write_bytes(MATLAB + FIXED)
    assert read_transform(scene, tmp_path / "a.mat").GetTransformFromParent() is not None
    scene.Clear(True)
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(InitialTransformError, match="is no transform file of ITK"):
        read_transform(scene, tmp_path / "a.mat")
    assert scene.GetNumberOfNodes() == 0


def text_of(kind: str, numbers: str, fixed: str) -> str:
    return (
        "#Insight Transform File V1.0\n#Transform 0\n"
        f"Transform: {kind}_double_3_3\nParameters: {numbers}\nFixedParameters: {fixed}\n"
    )


@pytest.mark.parametrize(
    ("kind", "count", "fixed"),
    [
        ("Euler3DTransform", 5, 3),
        ("Euler3DTransform", 6, 2),
        ("AffineTransform", 11, 3),
        ("AffineTransform", 12, 1),
        ("VersorRigid3DTransform", 7, 3),
        ("TranslationTransform", 2, 0),
        ("Similarity3DTransform", 6, 3),
        ("ThinPlateSplineKernelTransform", 12, 9),
        ("ThinPlateSplineKernelTransform", 4, 4),
        ("BSplineTransform", 192, 17),
        ("NoSuchTransform", 12, 3),
    ],
)
def test_a_transform_with_another_number_of_parameters_is_refused(kind: str, count: int, fixed: int, tmp_path, scene):
    (tmp_path / "a.tfm").write_text(text_of(kind, "1 " * count, "4 " * fixed))
    with pytest.raises(InitialTransformError, match="is no transform file of ITK"):
        read_transform(scene, tmp_path / "a.tfm")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize("number", ["Offset = 1 2", "nan", "inf", "1e999", "", "0x10"])
def test_a_transform_with_words_for_numbers_is_refused(number: str, tmp_path: Path, scene):
    (tmp_path / "a.txt").write_text(text_of("Euler3DTransform", f"0 0 0 {number} 1 1", "0 0 0"))
    with pytest.raises(InitialTransformError, match="is no transform file of ITK"):
        read_transform(scene, tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("kind", "numbers", "fixed"),
    [
        ("AffineTransform", "1 0 0 0 1 0 0 0 1 1 2 3", "0 0 0"),
        ("Euler3DTransform", "0 0 0 1 2 3", "0 0 0"),
        ("Euler3DTransform", "0 0 0 1 2 3", "0 0 0 0"),
        ("VersorRigid3DTransform", "0 0 0 1 2 3", "0 0 0"),
        ("Similarity3DTransform", "0 0 0 1 2 3 1", "0 0 0"),
        ("ScaleVersor3DTransform", "0 0 0 1 2 3 1 1 1", "0 0 0"),
        ("TranslationTransform", "1 2 3", ""),
    ],
)
def test_a_transform_with_all_its_numbers_is_read(kind: str, numbers: str, fixed: str, tmp_path: Path, scene):
    (tmp_path / "a.tfm").write_text(text_of(kind, numbers, fixed))
    moved = read_transform(scene, tmp_path / "a.tfm").GetTransformFromParent().TransformPoint(0.0, 0.0, 0.0)
    np.testing.assert_allclose(moved, (-1, -2, 3), atol=1e-6)
