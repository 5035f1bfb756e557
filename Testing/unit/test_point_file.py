"""Point files say that they hold positions, lose no digit, and a damaged answer of transformix is not taken."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ElastixPlusLib.elastix.point_file import read_mapped_points, write_point_file
from ElastixPlusLib.errors import TransformImportError

LINE = "Point\t{n}\t; InputIndex = [ 1 2 3 ]\t; InputPoint = [ 9.0 9.0 9.0 ]\t; OutputIndexFixed = [ 1 2 3 ]\t; "
LINE += "OutputPoint = [ {x} ]\t; Deformation = [ 7.0 7.0 7.0 ]\n"


def test_the_file_starts_with_the_word_point_and_the_number_of_points(tmp_path):
    write_point_file(tmp_path / "points.txt", np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]]))
    assert (tmp_path / "points.txt").read_bytes() == b"point\n2\n1.0 2.0 3.0\n4.0 5.0 6.5\n"


def test_no_points_are_a_file_that_says_so(tmp_path):
    write_point_file(tmp_path / "points.txt", np.zeros((0, 3)))
    assert (tmp_path / "points.txt").read_text() == "point\n0\n"


@given(point=st.tuples(*[st.floats(-1e6, 1e6)] * 3))
def test_no_digit_is_lost(point, tmp_path_factory):
    path = tmp_path_factory.mktemp("points") / "points.txt"
    write_point_file(path, np.array([point]))
    assert [float(word) for word in path.read_text().split()[2:]] == list(point)


def test_single_precision_is_written_as_it_is(tmp_path):
    write_point_file(tmp_path / "points.txt", np.array([[0.1, 0.2, 0.3]], dtype=np.float32))
    assert [float(word) for word in (tmp_path / "points.txt").read_text().split()[2:]] == np.float32(
        [0.1, 0.2, 0.3]
    ).tolist()


def test_only_the_mapped_positions_are_read(tmp_path):
    text = LINE.format(n=0, x="1.5 -2.5 3e2") + LINE.format(n=1, x="-4.0 5.0 6.0")
    (tmp_path / "outputpoints.txt").write_text(text)
    assert read_mapped_points(tmp_path / "outputpoints.txt").tolist() == [[1.5, -2.5, 300.0], [-4.0, 5.0, 6.0]]


def test_one_point_is_still_a_table(tmp_path):
    (tmp_path / "outputpoints.txt").write_text(LINE.format(n=0, x="1 2 3"))
    assert read_mapped_points(tmp_path / "outputpoints.txt").shape == (1, 3)


@pytest.mark.parametrize("numbers", ["1.0 2.0", "1.0 2.0 3.0 4.0", "1.0 two 3.0", "", "nan 1.0 2.0", "inf 1.0 2.0"])
def test_a_damaged_line_is_refused(numbers, tmp_path):
    (tmp_path / "outputpoints.txt").write_text(LINE.format(n=0, x="1 2 3") + LINE.format(n=1, x=numbers))
    with pytest.raises(TransformImportError, match=r"outputpoints\.txt cannot be read"):
        read_mapped_points(tmp_path / "outputpoints.txt")


@pytest.mark.parametrize("content", [b"", b"nothing of interest\n", b"\xff\xfe\x00"])
def test_a_file_without_points_is_refused(content, tmp_path):
    (tmp_path / "outputpoints.txt").write_bytes(content)
    with pytest.raises(TransformImportError):
        read_mapped_points(tmp_path / "outputpoints.txt")


def test_a_missing_file_is_refused_with_its_origin(tmp_path):
    with pytest.raises(TransformImportError) as caught:
        read_mapped_points(tmp_path / "outputpoints.txt")
    assert isinstance(caught.value.__cause__, OSError)
