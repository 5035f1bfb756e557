"""What the lint says that elastix makes of a parameter file is what the real elastix makes of it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.parameter_catalogue import parameter_entry
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.parameter_lint import lint
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.volumes import write_voxels
from linted_files import COMBINED, RIGID, SPLINE, text_of

pytestmark = pytest.mark.native_engine

QUICK = {"NumberOfResolutions": "3", "MaximumNumberOfIterations": "1", "NumberOfSpatialSamples": "200"}
QUICK |= {"WriteResultImage": '"false"', "Interpolator": '"LinearInterpolator"', "FinalBSplineInterpolationOrder": "1"}
_DEFAULT = r'The parameter "(\w+)", requested at entry number 0, does not exist at all.\s+The default value "([^"]*)"'


@dataclass(frozen=True)
class Ran:
    """How elastix ended, what it printed, and the first transform that it wrote."""

    status: int
    printed: str
    transform: str

    @property
    def iterations(self) -> list[int]:
        """How many iterations each resolution made."""
        resolutions = self.printed.split("\nResolution: ")[1:]
        return [len(re.findall(r"^\d+\t", text, flags=re.MULTILINE)) for text in resolutions]


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two small volumes."""
    folder = tmp_path_factory.mktemp("volumes")
    grid = Grid((20, 20, 20), np.diag([1.0, 1.0, 1.0, 1.0]))
    for name, seed in (("fixed.mha", 1), ("moving.mha", 2)):
        voxels = np.random.default_rng(seed).normal(100, 20, (20, 20, 20)).astype(np.float32)
        write_voxels(voxels, grid, folder / name)
    return folder


@pytest.fixture
def run(native_engine_path: Path, volumes: Path, tmp_path: Path):
    """Runs elastix with a parameter file."""

    def run(text: str) -> Ran:
        (tmp_path / "parameters.txt").write_text(text)
        words = ["-f", volumes / "fixed.mha", "-m", volumes / "moving.mha"]
        words += ["-p", tmp_path / "parameters.txt", "-out", tmp_path, "-threads", "1"]
        done = subprocess.run([native_engine_path, *words], capture_output=True, check=False)
        written = tmp_path / "TransformParameters.0.txt"
        transform = written.read_text() if written.is_file() else ""
        return Ran(done.returncode, done.stdout.decode(errors="replace"), transform)

    return run


def said(text: str) -> str:
    return " ".join(finding.what for finding in lint(ParameterFile.parse(text)))


def has_error(text: str) -> bool:
    return any(finding.severity == "error" for finding in lint(ParameterFile.parse(text)))


def test_missing_values_for_resolutions_are_the_first_one(run):
    text = text_of(RIGID | QUICK, MaximumNumberOfIterations="4 2")
    assert "takes the first one, 4, for resolution 3" in said(text)
    assert run(text).iterations == [4, 2, 4]


def test_of_a_whole_number_with_an_exponent_only_the_beginning_is_read(run):
    text = text_of(RIGID | QUICK, MaximumNumberOfIterations="3e1")
    assert "elastix 5.0 reads 3 there" in said(text)
    ran = run(text)
    assert ran.iterations == [3, 3, 3] or (ran.status != 0 and "Casting entry number 0" in ran.printed)


def test_an_incomplete_pyramid_schedule_is_dropped(run):
    text = text_of(RIGID | QUICK, FixedImagePyramidSchedule="4 2 1")
    assert "passes over all of them and halves" in said(text)
    assert "the fixed pyramid schedule is not fully specified" in run(text).printed


def test_a_missing_axis_is_the_first_one_and_the_old_name_of_the_grid_is_passed_over(run):
    text = text_of(SPLINE | QUICK, FinalGridSpacingInPhysicalUnits="6 5", NumberOfResolutions="1")
    assert "takes the first one, 6, for axis k" in said(text)
    assert re.search(r"\(GridSpacing 6\.0* 5\.0* 6\.0*\)", run(text).transform)
    text = text_of(SPLINE | QUICK, FinalGridSpacing="5", NumberOfResolutions="1")
    assert "8 voxels apart" in said(text)
    assert re.search(r"\(GridSpacing 8\.0* 8\.0* 8\.0*\)", run(text).transform)


@pytest.mark.parametrize(
    "text",
    [
        text_of(SPLINE | QUICK, GridSpacingSchedule="4 2"),
        text_of(RIGID | QUICK, NewSamplesEveryIteration="True"),
        text_of(RIGID | QUICK, Optimizer=None),
        text_of(RIGID | QUICK, ImageSampler=None),
        text_of(RIGID | QUICK, Transform='"EulerTransform" "AffineTransform"'),
        text_of(COMBINED | QUICK, Registration=None),
        text_of(COMBINED | QUICK, MovingImagePyramid='"MovingSmoothingImagePyramid" "MovingSmoothingImagePyramid"'),
        text_of(COMBINED | QUICK, FixedImagePyramid='"FixedSmoothingImagePyramid" "FixedSmoothingImagePyramid"'),
        text_of(RIGID | QUICK, FixedImageBSplineInterpolationOrder="6"),
        text_of(RIGID | QUICK, Interpolator='"RandomCoordinate"'),
        text_of(RIGID | QUICK, FixedInternalImagePixelType='"short"'),
    ],
)
def test_elastix_refuses_what_is_called_an_error(text, run):
    assert has_error(text)
    assert run(text).status != 0


@pytest.mark.parametrize(
    "text",
    [
        text_of(RIGID | QUICK, MaximumNumberOfIterations="2.000000", NewSamplesEveryIteration="true"),
        text_of(COMBINED | QUICK, Interpolator='"LinearInterpolator" "LinearInterpolator"'),
        text_of(SPLINE | QUICK, GridSpacingSchedule="4 4 4 2 2 2 1 1 1", ResampleInterpolator=None),
    ],
)
def test_elastix_runs_what_is_not_called_an_error(text, run):
    assert not has_error(text)
    assert run(text).status == 0


@pytest.mark.parametrize(
    ("base", "changes"),
    [
        (RIGID, {}),
        (SPLINE, {"ImageSampler": '"Grid"', "Optimizer": '"RegularStepGradientDescent"'}),
        (COMBINED, {"Optimizer": '"QuasiNewtonLBFGS"', "Interpolator": '"BSplineInterpolator"'}),
    ],
)
def test_defaults_are_those_that_elastix_prints(base, changes, run):
    changed = dict.fromkeys(("NumberOfSpatialSamples", "FinalBSplineInterpolationOrder")) | changes
    printed = dict(re.findall(_DEFAULT, run(text_of(base | QUICK, **changed)).printed))
    assert len(printed) > 15
    for name, value in printed.items():
        entry = parameter_entry(name)
        assert entry is not None, name
        if entry.kind in ("switch", "word"):
            assert entry.default == value, name
        elif re.fullmatch(r"[-+.\de]+", entry.default) and name not in DEPENDING:
            assert float(entry.default) == float(value), name


# Chosen by elastix for the volumes or the optimiser at hand.
DEPENDING = {"SP_A", "SP_a", "SP_alpha", "ValueTolerance"}
