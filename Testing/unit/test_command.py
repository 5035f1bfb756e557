"""The command lines: what elastix is told, word for word, because it ignores what it does not know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ElastixPlusLib.elastix.command import (
    ElastixInputs,
    elastix_command,
    transformix_field_command,
    transformix_points_command,
)
from ElastixPlusLib.elastix.engine import Engine
from ElastixPlusLib.errors import EngineNotFoundError


@pytest.fixture
def engine() -> Engine:
    """An engine of two words, as that of the wheel is."""
    return Engine(
        name="itk-elastix",
        path=Path("python"),
        elastix_version="5.3.1",
        version="0.25.4",
        elastix_command=("python", "engine.py", "elastix"),
        transformix_command=("python", "engine.py", "transformix"),
        environment={},
    )


@pytest.fixture
def plain_inputs() -> ElastixInputs:
    """One pair of volumes, one stage."""
    return ElastixInputs(fixed=("fixed.mha",), moving=("moving.mha",), parameter_files=("p0.txt",), output="result")


def test_a_plain_registration(engine: Engine, plain_inputs: ElastixInputs):
    words = elastix_command(engine, plain_inputs)
    assert words == "python engine.py elastix -f fixed.mha -m moving.mha -p p0.txt -out result".split()


def test_everything_at_once(engine: Engine, plain_inputs: ElastixInputs):
    inputs = replace(
        plain_inputs,
        fixed_masks=("fm.mha",),
        moving_masks=("mm.mha",),
        fixed_landmarks="fl.txt",
        moving_landmarks="ml.txt",
        initial_transform="t0.txt",
        parameter_files=("p0.txt", "p1.txt"),
    )
    assert (
        elastix_command(engine, inputs, threads=2)[3:]
        == (
            "-f fixed.mha -m moving.mha -fMask fm.mha -mMask mm.mha -fp fl.txt -mp ml.txt -t0 t0.txt "
            "-p p0.txt -p p1.txt -out result -threads 2"
        ).split()
    )


def test_several_pairs_are_numbered(engine: Engine):
    inputs = ElastixInputs(("a", "b"), ("c", "d"), ("p",), "o", fixed_masks=("e", "g"), moving_masks=("h",))
    assert elastix_command(engine, inputs)[3:15] == "-f0 a -f1 b -m0 c -m1 d -fMask0 e -fMask1 g".split()
    assert "-mMask h" in " ".join(elastix_command(engine, inputs))


@pytest.mark.parametrize(
    "change",
    [
        {"moving": ()},
        {"fixed": ()},
        {"moving": ("a", "b")},
        {"parameter_files": ()},
        {"fixed_landmarks": "points.txt"},
        {"moving_landmarks": "points.txt"},
        {"fixed_masks": ("a", "b")},
    ],
)
def test_inputs_that_elastix_would_misread_are_refused(plain_inputs: ElastixInputs, change: dict[str, object]):
    with pytest.raises(ValueError, match=r"pair|parameter file|masks"):
        replace(plain_inputs, **change)


def test_points_go_through_transformix(engine: Engine):
    words = transformix_points_command(engine, "result/TransformParameters.1.txt", "probe.txt", "result", 2)
    assert (
        words
        == (
            "python engine.py transformix -tp result/TransformParameters.1.txt -def probe.txt -out result -threads 2"
        ).split()
    )


def test_a_field_is_sampled_with_or_without_its_jacobian(engine: Engine):
    words = transformix_field_command(engine, "t.txt", "result")
    assert words[3:] == "-tp t.txt -def all -out result".split()
    words = transformix_field_command(engine, "t.txt", "result", jacobian=True)
    assert words[3:] == "-tp t.txt -def all -jac all -out result".split()


def test_a_missing_transformix_is_said(engine: Engine):
    with pytest.raises(EngineNotFoundError, match="transformix"):
        transformix_field_command(replace(engine, transformix_command=None), "t.txt", "result")
