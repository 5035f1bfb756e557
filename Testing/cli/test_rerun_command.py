"""A run writes its record beside its results, and can be done again from it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ElastixPlusLib.record.record_file import read_record, write_record

pytestmark = pytest.mark.native_engine


@pytest.fixture
def recorded(user, elastixplus) -> Path:
    """The record of a quick run with landmarks."""
    words = [*user.volumes(), *user.landmarks(), *user.outputs(), "--check-labels", "2,4", "--threads", "1"]
    answer = elastixplus("register", *words, "--set", "MaximumNumberOfIterations=20", "--quiet")
    assert answer.code == 0, answer.err
    return user.out / "T.record.json"


def test_a_record_lies_beside_the_transform_and_names_the_files(recorded, user):
    record = read_record(recorded)
    assert [(one.role, one.file) for one in record.inputs] == [
        ("fixed", str(user.fixed)),
        ("moving", str(user.moving)),
        ("fixed_landmarks", str(user.fixed_landmarks)),
        ("moving_landmarks", str(user.moving_landmarks)),
    ]
    assert record.choices.check_labels == ("2", "4")
    assert not (user.out / "V.record.json").exists()


def test_a_run_done_again_is_the_same_number_for_number(recorded, user, elastixplus):
    user.parameters.unlink()  # its text is in the record
    answer = elastixplus("rerun", recorded, "--output-transform", user.out / "again.h5", "--json", "-")
    assert answer.code == 0, answer.err
    account = json.loads(answer.out)
    assert account["status"] == "done"
    assert account["comparison"] == {"identical": True, "largest_mm": 0.0, "differences": []}
    assert answer.err.endswith("The result is the same, number for number.\n")
    again = read_record(user.out / "again.record.json")
    assert again.result == read_record(recorded).result
    assert [one.file for one in again.inputs] == [one.file for one in read_record(recorded).inputs]


def test_files_that_went_along_with_the_record_are_found(recorded, user, elastixplus, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in (user.fixed, user.moving, user.fixed_landmarks, user.moving_landmarks, recorded):
        shutil.move(path, elsewhere)
    answer = elastixplus("rerun", elsewhere / recorded.name)
    assert (answer.code, answer.err.splitlines()[-1]) == (0, "The result is the same, number for number.")


def test_a_file_that_is_not_found_is_asked_for_and_can_be_named(recorded, user, elastixplus, tmp_path):
    renamed = user.moving.rename(user.moving.with_name("another name.nrrd"))
    answer = elastixplus("rerun", recorded)
    assert answer.code == 2
    assert f"The moving volume of the run {user.moving} is not there any more.\nName it with --moving." in answer.err
    answer = elastixplus("rerun", recorded, "--moving", renamed, "--quiet")
    assert (answer.code, answer.err) == (0, "")


def test_another_volume_is_refused_unless_it_is_forced(recorded, user, elastixplus):
    answer = elastixplus("rerun", recorded, "--moving", user.fixed)
    assert answer.code == 2
    assert "The moving volume is not the one of then" in answer.err
    answer = elastixplus("rerun", recorded, "--moving", user.fixed, "--force", "--json", "-")
    assert answer.code == 0
    comparison = json.loads(answer.out)["comparison"]
    assert not comparison["identical"]
    assert comparison["largest_mm"] > 1
    assert any("moving volume" in difference for difference in comparison["differences"])


@pytest.mark.itk_engine
def test_another_engine_is_said(recorded, elastixplus):
    answer = elastixplus("rerun", recorded, "--engine", "itk")
    assert answer.code == 0
    assert "- Then it was elastix " in answer.err
    assert "now it is itk-elastix" in answer.err


def test_a_program_that_a_record_names_is_never_run(recorded, user, elastixplus, tmp_path):
    program, trace = tmp_path / "elastix", tmp_path / "trace"
    program.write_text(f"#!/bin/sh\ntouch '{trace}'\n")
    program.chmod(0o755)
    record = read_record(recorded)
    hostile = replace(record, engine=replace(record.engine, path=str(program)), command=(str(program),))
    write_record(hostile, recorded)
    assert elastixplus("rerun", recorded).code == 0
    assert not trace.exists()


def test_a_record_can_be_put_elsewhere_and_lies_in_a_report(user, elastixplus):
    place = user.folder / "my record.json"
    words = [*user.volumes(), "--record", place, "--report", user.out / "report", "--quiet"]
    answer = elastixplus("register", *words)
    assert answer.code == 0, answer.err
    assert read_record(place) == read_record(user.out / "report")


def test_a_record_never_overwrites_an_input(user, elastixplus):
    answer = elastixplus("register", *user.volumes(), "--record", user.moving)
    assert answer.code == 2
    assert "is one of the inputs" in answer.err


def test_a_record_that_cannot_be_written_is_found_before_the_run(user, elastixplus):
    answer = elastixplus("register", *user.volumes(), "--record", user.folder / "nowhere" / "r.json")
    assert answer.code == 2
    assert "The folder of the record of the run does not exist" in answer.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no record"),
        ("", "is no JSON that can be read"),
        ("{}", "is no record of a run"),
        ('{"format": "ElastixPlus record of a run", "version": 99}', "was written by a newer ElastixPlus"),
        ('{"format": "ElastixPlus record of a run", "version": 1}', "is damaged: made_at is missing"),
    ],
)
def test_what_is_no_record_is_refused(content, words, user, elastixplus):
    path = user.folder / "x.record.json"
    if content is not None:
        path.write_text(content)
    answer = elastixplus("rerun", path)
    assert answer.code == 2
    assert words in answer.err
