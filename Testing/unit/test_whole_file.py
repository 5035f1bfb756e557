"""Files of which all is there or nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ElastixPlusLib.elastix.whole_file import whole_file


@pytest.fixture
def older_file(tmp_path: Path) -> Path:
    (tmp_path / "knee.nii.gz").write_text("older")
    return tmp_path / "knee.nii.gz"


def test_an_older_file_stays_until_the_new_one_is_whole(older_file: Path):
    with whole_file(older_file) as partial:
        partial.write_text("newer")
        assert older_file.read_text() == "older"
    assert older_file.read_text() == "newer"
    assert os.listdir(older_file.parent) == ["knee.nii.gz"]


def test_an_older_file_stays_where_writing_fails_and_nothing_lies_beside_it(older_file: Path):
    def write_half() -> None:
        with whole_file(older_file) as partial:
            partial.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert older_file.read_text() == "older"
    assert os.listdir(older_file.parent) == ["knee.nii.gz"]


def test_the_place_beside_has_the_ending_that_writers_choose_the_format_by(older_file: Path):
    with whole_file(older_file) as partial:
        assert partial.name.endswith(".knee.nii.gz")
        assert partial.parent == older_file.parent
        partial.write_text("newer")


@pytest.mark.skipif(os.name == "nt", reason="links need permission there")
def test_a_link_stays_and_what_it_leads_to_is_written(older_file: Path, tmp_path: Path):
    (tmp_path / "link.nii.gz").symlink_to(older_file)
    with whole_file(tmp_path / "link.nii.gz") as partial:
        partial.write_text("newer")
    assert (tmp_path / "link.nii.gz").is_symlink()
    assert older_file.read_text() == "newer"


def test_two_writers_of_one_file_do_not_meet(older_file: Path):
    with whole_file(older_file) as first:
        with whole_file(older_file) as second:
            assert first != second
            second.write_text("second")
        first.write_text("first")
    assert older_file.read_text() == "first"


def test_a_writer_that_writes_nothing_is_an_error(older_file: Path):
    def write_nothing() -> None:
        with whole_file(older_file):
            pass

    with pytest.raises(FileNotFoundError):
        write_nothing()
    assert older_file.read_text() == "older"
