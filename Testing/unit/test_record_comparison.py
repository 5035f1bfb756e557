"""Two records say whether two runs gave the same, and what was different about them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ElastixPlusLib.record.comparison import compare
from ElastixPlusLib.record.comparison_words import comparison_as_dict, comparison_lines
from ElastixPlusLib.record.run_record import (
    Choices,
    EngineIdentity,
    Geometry,
    InputIdentity,
    LandmarkUse,
    MaskUse,
    ParameterText,
    ResultIdentity,
    RunRecord,
    Software,
    StartUsed,
)

GEOMETRY = Geometry((4, 4, 4), ((1.0, 0.0, 0.0, 0.0),), "int16")
PLACE = (0.0, 0.0, 0.0)


@pytest.fixture
def record() -> RunRecord:
    """A run with one of everything."""
    return RunRecord(
        "2026",
        Software("1", "host", "3.12", "Linux", 2),
        EngineIdentity("elastix", "5.0.1", "5.0.1", "elastix", "e"),
        Choices("generic"),
        (InputIdentity("fixed", "volume", "a", geometry=GEOMETRY, sha256="f"), InputIdentity("moving", "volume", "b")),
        parameter_files=(ParameterText("", "(A 1)"),),
        masks=(MaskUse("fixed", "region", 3, 9, "m"),),
        landmarks=(LandmarkUse("1", "drive", PLACE, PLACE, 1.0, 0.5),),
        result=ResultIdentity("linear", "r", (PLACE, PLACE), (PLACE, (1.0, 0.0, 0.0))),
    )


def test_the_same_is_the_same_whatever_things_are_called_and_how_long_they_took(record):
    inputs = tuple(replace(one, name="other", node_id="7", file="elsewhere") for one in record.inputs)
    later = replace(record, made_at="2028", inputs=inputs, software=replace(record.software, python="3.14", host="h"))
    found = compare(record, later)
    assert (found.is_identical, found.largest_mm, found.differences) == (True, 0.0, ())
    assert comparison_lines(found) == ["The result is the same, number for number."]


@pytest.mark.parametrize(
    ("offset_mm", "words"),
    [
        (1e-9, "The result is the same but for rounding: places differ by at most 1e-09 mm."),
        (0.25, "The result is not the same: places differ by up to 0.25 mm."),
    ],
)
def test_a_difference_is_measured_where_the_transforms_lead(offset_mm, words, record):
    moved = replace(record.result, sha256="other", mapped_ras=(PLACE, (1.0, 0.0, offset_mm)))
    found = compare(record, replace(record, result=moved))
    assert not found.is_identical
    assert found.largest_mm == pytest.approx(offset_mm)
    assert comparison_lines(found)[0] == words
    assert comparison_as_dict(found) == {"identical": False, "largest_mm": found.largest_mm, "differences": []}


def test_a_run_without_a_result_compares_to_nothing(record):
    found = compare(record, replace(record, result=None))
    assert (found.is_identical, found.largest_mm) == (False, None)
    assert "is not known" in found.sentence


CHANGES = {
    "the fixed volume's voxels": (
        lambda one: {"inputs": (replace(one.inputs[0], sha256="x"), *one.inputs[1:])},
        "The fixed volume is not the one of then",
    ),
    "the fixed volume's place": (
        lambda one: {"inputs": (replace(one.inputs[0], geometry=None), *one.inputs[1:])},
        "The fixed volume is not the one of then",
    ),
    "one input less": (lambda one: {"inputs": one.inputs[:1]}, "The moving volume is not the one of then"),
    "the mask": (lambda one: {"masks": (replace(one.masks[0], sha256="x"),)}, "The masks are not the same."),
    "a landmark's place": (
        lambda one: {"landmarks": (replace(one.landmarks[0], moving_ras=(1.0, 0.0, 0.0)),)},
        "The landmarks are not the same.",
    ),
    "a landmark's role": (
        lambda one: {"landmarks": (replace(one.landmarks[0], role="check"),)},
        "The landmarks are not the same.",
    ),
    "the start": (lambda one: {"start": StartUsed("centers")}, "The start is not the same."),
    "a parameter": (
        lambda one: {"parameter_files": (ParameterText("", "(A 2)"),)},
        "The parameter files are not the same.",
    ),
    "the version of elastix": (
        lambda one: {"engine": replace(one.engine, version="5.2.0", elastix_version="5.2.0")},
        "Then it was elastix 5.0.1, now it is elastix 5.2.0: another version of elastix may take another way.",
    ),
    "the file of elastix": (
        lambda one: {"engine": replace(one.engine, sha256="x")},
        "The engine is elastix 5.0.1 again, but not the same file.",
    ),
    "the threads": (
        lambda one: {"choices": replace(one.choices, threads=1)},
        "Then elastix had 2 threads, now 1: sums come out in another order, and",
    ),
    "the computer": (
        lambda one: {"software": replace(one.software, platform="Windows")},
        "Then it was Linux, now it is Windows.",
    ),
    "this library": (
        lambda one: {"software": replace(one.software, elastixplus="2")},
        "Then it was ElastixPlus 1, now 2.",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_different_is_said_and_nothing_else(name, record):
    change, words = CHANGES[name]
    (difference,) = compare(record, replace(record, **change(record))).differences
    assert difference.startswith(words)


def test_as_many_threads_as_processors_is_what_elastix_takes_itself(record):
    assert compare(record, replace(record, choices=replace(record.choices, threads=2))).differences == ()
