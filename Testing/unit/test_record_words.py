"""The sections of a record show all that is in it, and nothing that a terminal would obey."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest

from ElastixPlusLib.record.record_words import Section, record_rows, when_in_words
from ElastixPlusLib.record.run_record import InputIdentity, ParameterText, RunRecord
from made_records import (
    DONE,
    PATIENT,
    failed_run,
    fit_of_landmarks,
    linear_run,
    own_files,
    pairs,
    several_pairs,
    spline_run,
    wheel_run,
)

# Ids of nodes and their classes mean nothing outside of a scene, and numbers are summed up.
NOT_SHOWN = {"node_id", "kind", "probes_ras", "mapped_ras", "text", "version"}
# Shown in other words, or only where they matter; tests of their own look at them.
IN_OTHER_WORDS = {
    *("made_at", "state", "role", "check_labels", "initial", "landmark_fit"),
    *("fixed_mask", "moving_mask", "mask_edge", "landmark_weight"),
}
ALL = {**DONE, "failed": failed_run()}


def rows_of(record: RunRecord, title: str) -> dict[str, str]:
    found = [section for section in record_rows(record) if section.title == title]
    return dict(found[0].rows) if found else {}


def everything(sections: tuple[Section, ...]) -> str:
    return "\n".join(f"{section.title}\n{name}: {value}" for section in sections for name, value in section.rows)


def texts_in(data: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Name and value of every text in plain data."""
    if name in NOT_SHOWN | IN_OTHER_WORDS:
        return
    if isinstance(data, dict):
        for key, value in data.items():
            yield from texts_in(value, key)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from texts_in(value, name)
    elif isinstance(data, str) and data:
        yield name, data


def test_the_sections_come_in_the_order_in_which_one_wants_to_know_them():
    assert [section.title for section in record_rows(spline_run())] == [
        "When and how it ended",
        "Software",
        "Engine",
        "Volumes",
        "Masks",
        "Landmarks",
        "Start",
        "Preset and changes",
        "Parameter files",
        "Command",
        "Findings and warnings",
        "Times",
        "Result",
    ]


def test_what_was_not_used_has_no_section():
    titles = {section.title for section in record_rows(linear_run())}
    assert not titles & {"Masks", "Landmarks", "Findings and warnings"}
    assert not {section.title for section in record_rows(fit_of_landmarks())} & {"Parameter files", "Command", "Masks"}


@pytest.mark.parametrize("name", [name for name in ALL if name != "hostile"])
def test_every_text_of_a_record_is_shown(name: str):
    record = ALL[name]
    shown = everything(record_rows(record)).lower()
    for field, text in texts_in(asdict(record)):
        assert text.lower() in shown, (field, text)


def test_masks_are_shown_with_their_share_and_edge():
    masks = rows_of(spline_run(), "Masks")
    assert masks["Fixed mask"] == "found in the volume: body"
    assert masks["Moving exclude"] == f"{PATIENT} tumour"
    assert masks["Fixed mask as elastix got it"] == "25,000 of 100,000 voxels (25 %), edge: region"
    assert masks["Moving mask as elastix got it"] == "3 of 4 voxels (75 %), edge: artificial"
    assert (masks["Margin"], masks["Edge as it was chosen"]) == ("-2.5 mm", "auto")
    record = replace(spline_run(), inputs=(InputIdentity("moving_mask", "x", "drawn", file="drawn.nrrd"),))
    record = replace(record, choices=replace(record.choices, moving_mask_segments=("liver", "spleen")))
    masks = rows_of(record, "Masks")
    assert (masks["Moving mask"], masks["Moving mask: file"]) == ("drawn", "drawn.nrrd")
    assert masks["Moving mask: segments"] == "liver, spleen"


def test_landmarks_are_shown_by_role_with_the_error_that_it_gives():
    landmarks = rows_of(spline_run(), "Landmarks")
    assert landmarks["Strength"] == "balanced"
    driving, check = landmarks["Driving landmarks"], landmarks["Check landmarks"]
    assert driving.startswith("3 pairs; before: 10.00 mm on average (standard deviation 2.65 mm, largest 13.00 mm)")
    assert "fiducial registration error (FRE): 0.50 mm" in driving
    assert "TRE" not in driving
    assert check.startswith("2 pairs; before: 6.00 mm on average")
    assert "target registration error (TRE): 2.12 mm on average" in check
    assert "FRE" not in check
    assert landmarks["Pair check1"] == (
        "check; before 5.00 mm, after 2.75 mm; fixed 1.50 2.25 3.00, moving 4.00 5.00 6.12 (RAS mm)"
    )
    assert landmarks["Pair drive0"].startswith("driving; before 8.00 mm, after 0.25 mm")


def test_of_a_failed_run_what_was_wrong_is_shown_and_no_error_of_landmarks():
    record = replace(failed_run(), landmarks=tuple(replace(one, after_mm=None) for one in pairs("check", [3.0], [1.0])))
    assert rows_of(record, "When and how it ended") == {
        "Began": "2026-11-28 13:05:00 UTC",
        "Ended": "failed, with exit code 4",
        "What was wrong": "Elastix was stopped by the system.",
        "What to do": "Close other programs.",
        "elastix ended with": "-9",
    }
    landmarks = rows_of(record, "Landmarks")
    assert landmarks["Check landmarks"] == "1 pair; before: 3.00 mm"
    assert "after" not in landmarks["Pair check0"]
    assert not rows_of(record, "Result")


def test_the_engine_is_shown_with_what_decides_whether_a_run_can_be_repeated():
    engine = rows_of(wheel_run(), "Engine")
    assert engine["Engine"] == "itk-elastix 0.25.4"
    assert engine["Version of elastix in it"] == "5.3.1"
    assert engine["SHA-256"] == "d" * 64
    assert engine["Threads"] == "one for each processor (12)"
    assert engine["Seed"] == "elastix's own"
    assert (rows_of(spline_run(), "Engine")["Seed"], rows_of(spline_run(), "Engine")["Threads"]) == ("17", "4")
    assert rows_of(own_files(), "Engine")["Seeds of the stages"] == "5, 6"
    assert rows_of(fit_of_landmarks(), "Engine") == {"Engine": "none: the landmarks alone made the transform"}


def test_several_volumes_of_a_role_are_numbered():
    volumes = rows_of(several_pairs(), "Volumes")
    assert {"Fixed volume", "Further fixed volume 1", "Further moving volume 2: SHA-256"} <= set(volumes)
    assert volumes["Fixed volume: voxels"] == "101 × 102 × 33 voxels of 0.75 × 0.75 × 2.5 mm, int16"
    assert volumes["Fixed volume: voxels to RAS mm"] == "0 0.75 0 5; 0.75 0 0 6; 0 0 2.5 7"


def test_the_start_is_shown_in_words_and_as_a_matrix():
    assert rows_of(spline_run(), "Start") == {
        "Started from": "rigid fit of the driving landmarks",
        "Fixed to moving, RAS mm": "1 0 0 0; 0 1 0 0; 0 0 1 0",
        "SHA-256": "a" * 64,
    }
    assert rows_of(linear_run(), "Start") == {"Started from": "as loaded"}


def test_the_preset_is_shown_with_what_was_changed():
    preset = rows_of(spline_run(), "Preset and changes")
    assert (preset["Preset"], preset["Crop"], preset["Kind of transform"]) == ("generic", "overlap", "exact")
    assert rows_of(own_files(), "Preset and changes")["Preset"] == "none, own parameter files"
    assert rows_of(fit_of_landmarks(), "Preset and changes")["Landmarks alone"] == "an affine fit"


def test_a_warning_that_repeats_a_finding_is_shown_once():
    shown = [row for section in record_rows(spline_run()) if section.title.startswith("Find") for row in section.rows]
    assert shown == [("Warning", "The mask is small. Draw a larger one."), ("Warning", "Something else.")]


def test_a_parameter_file_that_cannot_be_read_is_told_in_its_row():
    record = replace(linear_run(), parameter_files=(ParameterText("a.txt", "(Transform"), ParameterText("", "")))
    files = rows_of(record, "Parameter files")
    assert files["Stage 1"].startswith("a.txt: ")
    assert "Stage 2" in files


@pytest.mark.parametrize("name", ALL)
def test_every_name_and_value_is_one_line_that_commands_no_terminal(name: str):
    for section in record_rows(ALL[name]):
        assert section.rows
        for row in section.rows:
            assert all(text.isprintable() for text in row), row


def test_a_time_that_is_none_is_shown_as_it_is():
    assert when_in_words("yesterday") == "yesterday"
