"""What is looked at in a .h5 file before ITK reads it, which believes what it finds there."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import vtk

from ElastixPlusLib.errors import InitialTransformError
from ElastixPlusLib.mrml.files import read_transform
from ElastixPlusLib.mrml.hdf5_headers import Hdf5LayoutError, messages
from ElastixPlusLib.mrml.hdf5_layout import dataset, members
from ElastixPlusLib.mrml.hdf5_transform import is_whole_hdf5_transform

SEEDS = Path(__file__).resolve().parents[1] / "fuzz" / "seeds"
TRANSFORMS = Path(__file__).resolve().parent / "transform_files"
LAYOUTS = ("linear", "affine-in-the-oldest-layout", "affine-in-the-newest-layout")
KIND = b"AffineTransform_double_3_3"


@pytest.fixture(autouse=True)
def quiet() -> None:
    vtk.vtkObject.GlobalWarningDisplayOff()


@pytest.fixture
def linear() -> bytes:
    return (SEEDS / "linear.h5").read_bytes()


@pytest.fixture
def is_whole(tmp_path: Path):
    def judged(content: bytes) -> bool:
        (tmp_path / "a.h5").write_bytes(content)
        return is_whole_hdf5_transform(tmp_path / "a.h5")

    return judged


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("linear", (1, 2, 3)),
        ("field", (2, 3, 4)),
        ("affine-packed", (1, 2, 3)),
        ("affine-in-the-oldest-layout", (-3, -3, 9)),
        ("affine-in-the-newest-layout", (-3, -3, 9)),
    ],
)
def test_every_layout_that_hdf5_has_had_is_read(name: str, point: tuple[float, ...], scene):
    node = read_transform(scene, SEEDS / f"{name}.h5")
    assert node.GetTransformFromParent().TransformPoint(1.0, 2.0, 3.0) == pytest.approx(point)


@pytest.mark.parametrize(("name", "point"), [("shift", (0, 0, 6)), ("shift-and-affine", (1, 2, 9))])
def test_a_shift_which_has_no_fixed_parameters_is_read(name: str, point: tuple[float, ...], scene):
    """As ITK writes it: the empty row of numbers lies nowhere in the file."""
    node = read_transform(scene, TRANSFORMS / f"{name}.h5")
    assert node.GetTransformFromParent().TransformPoint(1.0, 2.0, 3.0) == pytest.approx(point)


@pytest.mark.parametrize(("count", "name"), [(8, "composite-of-eight"), (59, "composite-of-fifty-nine")])
def test_a_composite_of_many_is_read_whose_names_lie_in_a_heap(count: int, name: str, scene, is_whole):
    """Each of them is a shift of 1 mm to the left."""
    node = read_transform(scene, TRANSFORMS / f"{name}.h5")
    point = node.GetTransformFromParent().TransformPoint(1.0, 2.0, 3.0)
    assert point == pytest.approx((1.0 - count, 2.0, 3.0))
    content = (TRANSFORMS / f"{name}.h5").read_bytes()
    for signature in (b"FRHP", b"FHDB"):
        assert not is_whole(content.replace(signature, b"FREE", 1))
    heap = content.index(b"FRHP")
    more = struct.pack("<Q", count + 2)  # than there are: one is the composite itself
    assert not is_whole(content[: heap + 70] + more + content[heap + 78 :])
    assert not is_whole(content[: heap + 140] + struct.pack("<H", 65) + content[heap + 142 :])


@pytest.mark.parametrize(
    "kind",
    [
        b"AffineTransform_double_2_2",  # the reader takes it, and then every point goes to the origin
        b"VersorTransform_double_3_3",  # the reader takes the first three of the twelve numbers
        b"ScaleTransform_double_3_3",
        b"CompositeTransform_double_",
        b"NoSuchTransform_double_3_3",
        b"\xff" * 26,
        b"\0" * 26,
    ],
)
def test_a_kind_that_has_other_numbers_is_refused(kind: bytes, linear: bytes, tmp_path: Path, scene):
    (tmp_path / "a.h5").write_bytes(linear.replace(KIND, kind.ljust(len(KIND), b"\0")))
    with pytest.raises(InitialTransformError, match="is no transform file of ITK"):
        read_transform(scene, tmp_path / "a.h5")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused(number: float, linear: bytes, is_whole):
    identity = struct.pack("<4d", 1, 0, 0, 0)
    assert linear.count(identity) >= 1
    assert not is_whole(linear.replace(identity, struct.pack("<4d", 1, number, 0, 0)))


def test_a_kind_that_lies_where_another_text_does_is_refused(linear: bytes, is_whole):
    heap = linear.index(b"GCOL")
    of_kind, of_version = (struct.pack("<IQI", length, heap, index) for length, index in ((len(KIND), 5), (5, 1)))
    assert linear.count(of_kind) == 1
    assert is_whole(linear)
    assert not is_whole(linear.replace(of_kind, of_version))
    assert not is_whole(linear.replace(of_kind, struct.pack("<IQI", len(KIND) + 1, heap, 5)))
    assert not is_whole(linear.replace(of_kind, struct.pack("<IQI", len(KIND), heap + 8, 5)))
    assert not is_whole(linear.replace(of_kind, bytes(16)))


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_file_that_is_cut_anywhere_is_refused_without_an_error(name: str, is_whole):
    content = (SEEDS / f"{name}.h5").read_bytes()
    needed = max(content.rindex(struct.pack("<d", 1.0)) + 8, 0)
    assert not any(is_whole(content[:length]) for length in range(0, needed, 41))


@pytest.mark.parametrize("name", [*LAYOUTS, "../../mrml/transform_files/composite-of-eight"])
@pytest.mark.parametrize("byte", [0x00, 0x7F, 0xFF])
def test_a_byte_that_is_changed_anywhere_leads_to_no_error(name: str, byte: int, is_whole):
    content = (SEEDS / f"{name}.h5").read_bytes()
    for place in [place for place in range(byte % 5, len(content), 5) if content[place] != byte]:
        assert is_whole(content[:place] + bytes((byte,)) + content[place + 1 :]) in (True, False)


def test_a_header_that_goes_on_in_itself_comes_to_an_end():
    again = struct.pack("<HHB3xQQ", 0x10, 16, 0, 16, 24)
    header = struct.pack("<BxHII4x", 1, 1, 1, len(again)) + again
    with pytest.raises(Hdf5LayoutError, match="without an end"):
        list(messages(header, 0))


def test_a_header_that_holds_itself_many_times_is_read_once():
    times = 40_000
    again = struct.pack("<HHB3xQQ", 0x10, 16, 0, 16, 24 * times) * times
    header = struct.pack("<BxHII4x", 1, 1, 1, len(again)) + again
    with pytest.raises(Hdf5LayoutError, match="without an end"):
        list(messages(header, 0))  # each time anew would be 1,600,000,000 messages


def test_a_packed_dataset_that_asks_for_more_than_a_file_can_hold_is_refused(is_whole):
    packed = (SEEDS / "affine-packed.h5").read_bytes()
    twelve = struct.pack("<QQ", 12, 12)  # how many numbers there are, and may be
    assert is_whole(packed)
    assert packed.count(twelve) == 1
    with_more = packed.replace(twelve, struct.pack("<QQ", 2**40, 2**40))
    with pytest.raises(Hdf5LayoutError, match="values that are missing"):
        dataset(with_more, packed.rfind(b"OHDR", 0, packed.index(twelve)))
    assert not is_whole(with_more)


def test_a_tree_of_names_that_holds_itself_comes_to_an_end():
    table = struct.pack("<HHB3xQQ", 0x11, 16, 0, 40, 96)
    header = struct.pack("<BxHII4x", 1, 1, 1, len(table)) + table
    tree = b"TREE" + struct.pack("<BBHQQQQ", 0, 1, 1, 0, 0, 0, 40)
    heap = b"HEAP" + struct.pack("<4xQQQ", 8, 8, 128)
    with pytest.raises(Hdf5LayoutError, match="tree that leads nowhere"):
        members((header + tree).ljust(96, b"\0") + heap + bytes(40), 0)


def test_transforms_in_a_group_with_other_names_than_numbers_are_refused(linear: bytes, is_whole):
    assert not is_whole(linear.replace(b"TransformGroup", b"TransformGrouq"))
