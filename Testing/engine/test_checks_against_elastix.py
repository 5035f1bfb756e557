"""What the checks before a run foretell is what the real elastix does."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.engine import Engine, find_engine
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.guidance.engine_fit import component_findings, missing_components, sample_region_findings
from ElastixPlusLib.guidance.foreground import foreground_of
from ElastixPlusLib.guidance.run_size import control_points, grid_findings, memory_needed_bytes
from ElastixPlusLib.guidance.volume_overlap import SeenVolume, overlap_findings
from ElastixPlusLib.mrml.volumes import write_voxels

SIZE = 32
BASE = """(Registration "MultiResolutionRegistration")
(Transform "EulerTransform")
(Metric "AdvancedMattesMutualInformation")
(ImageSampler "RandomCoordinate")
(Optimizer "AdaptiveStochasticGradientDescent")
(AutomaticScalesEstimation "true")
(AutomaticTransformInitialization "false")
(Interpolator "LinearInterpolator")
(ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler")
(FixedImagePyramid "FixedRecursiveImagePyramid")
(MovingImagePyramid "MovingRecursiveImagePyramid")
(NumberOfResolutions 1)
(MaximumNumberOfIterations 1)
(WriteResultImage "false")
"""
# Runs elastix from a small process, whose own memory would count as that of its child otherwise.
PEAK_OF_CHILD = """import os, resource, sys
child = os.fork()
if child == 0:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.execvp(sys.argv[1], sys.argv[1:])
print(os.waitpid(child, 0)[1], resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def parameters(**changes: str | float | Sequence[str | float]) -> ParameterFile:
    file = ParameterFile.parse(BASE)
    for name, value in changes.items():
        file = file.with_values(name, *([value] if isinstance(value, str | int | float) else value))
    return file


def grid(size: int = SIZE, spacing_mm: float = 2.0, shift_mm: float = 0.0, slices: int | None = None) -> Grid:
    matrix = np.diag([spacing_mm] * 3 + [1.0])
    matrix[0, 3] = shift_mm
    return Grid((size, size, slices or size), matrix)


def noise(of: Grid, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(100, 20, of.dimensions[::-1]).astype(np.float32)


def command(engine: Engine, folder: Path, file: ParameterFile, fixed: Grid, moving: Grid) -> list[str]:
    write_voxels(noise(fixed), fixed, folder / "fixed.mha")
    write_voxels(noise(moving), moving, folder / "moving.mha")
    file.write(folder / "parameters.txt")
    names = {"-f": "fixed.mha", "-m": "moving.mha", "-p": "parameters.txt", "-out": "."}
    return [*engine.elastix_command, *(word for key, name in names.items() for word in (key, str(folder / name)))]


def run(engine: Engine, folder: Path, file: ParameterFile, fixed: Grid, moving: Grid | None = None) -> tuple[int, str]:
    done = subprocess.run(
        command(engine, folder, file, fixed, moving or fixed),
        env=dict(engine.environment),
        capture_output=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


@pytest.fixture
def native(native_engine_path: Path) -> Engine:
    """The elastix executable."""
    return find_engine(native_engine_path)


@pytest.mark.native_engine
@pytest.mark.parametrize("inside", [0.15, 0.22, 0.3, 0.5])
def test_elastix_stops_for_lack_of_samples_where_it_is_foretold(native, tmp_path, inside):
    fixed, moving = grid(), grid(shift_mm=SIZE * 2.0 * (1 - inside))
    seen = [SeenVolume(each, foreground_of(noise(each), each)) for each in (fixed, moving)]
    findings = overlap_findings(*seen, lambda points: points, required_ratio=0.25)
    status, printed = run(native, tmp_path, parameters(), fixed, moving)
    is_refused = any(finding.severity == "error" for finding in findings)
    assert is_refused == (inside < 0.25)
    assert (status != 0) == is_refused
    assert ("Too many samples map outside moving image buffer" in printed) == is_refused


@pytest.mark.native_engine
@pytest.mark.parametrize(
    "changes",
    [
        {"FinalGridSpacingInPhysicalUnits": 16},
        {"FinalGridSpacingInPhysicalUnits": [15.5, 7]},
        {"FinalGridSpacingInVoxels": [5, 6, 7]},
        {},
        {"FinalGridSpacingInVoxels": 8, "NumberOfResolutions": 2, "GridSpacingSchedule": [2, 2, 2, 1, 1, 2]},
        {"FinalGridSpacingInVoxels": 8, "BSplineTransformSplineOrder": 1, "Transform": "RecursiveBSplineTransform"},
    ],
)
def test_elastix_makes_as_many_control_points_as_foretold(native, tmp_path, changes):
    of = Grid((32, 30, 24), np.diag([2.0, 1.5, 3.0, 1.0]))
    file = parameters(**({"Transform": "BSplineTransform"} | changes))
    status, printed = run(native, tmp_path, file, of)
    assert status == 0, printed[-1000:]
    text = (tmp_path / "TransformParameters.0.txt").read_text()
    counts = [int(number) for number in re.search(r"\(GridSize ([^)]*)\)", text).group(1).split()]
    assert control_points(file, of) == np.prod(counts)


@pytest.mark.native_engine
@pytest.mark.parametrize(
    "changes",
    [
        {"FinalGridSpacingInVoxels": 8, "FinalGridSpacingInPhysicalUnits": 8},
        {"NumberOfResolutions": 3, "GridSpacingSchedule": [2, 1]},
    ],
)
def test_elastix_refuses_a_grid_that_is_called_unclear(native, tmp_path, changes):
    file = parameters(Transform="BSplineTransform", **changes)
    assert grid_findings([file], grid())[0].severity == "error"
    assert run(native, tmp_path, file, grid())[0] != 0


@pytest.mark.native_engine
@pytest.mark.parametrize("size_mm", [22.0, 22.1])
def test_elastix_refuses_a_sample_region_where_it_is_foretold(native, tmp_path, size_mm):
    of = grid(slices=12)
    file = parameters(UseRandomSampleRegion="true", SampleRegionSize=size_mm)
    status, printed = run(native, tmp_path, file, of)
    is_refused = bool(sample_region_findings([file], of))
    assert is_refused == (size_mm > 22)
    assert (status != 0) == is_refused
    assert ("Please select a smaller SampleRegionSize" in printed) == is_refused


UNUSUAL = {
    "Transform": (
        "SimilarityTransform",
        "AffineDTITransform",
        "AffineLogStackTransform",
        "WeightedCombinationTransform",
    ),
    "Metric": ("AdvancedKappaStatistic", "GradientDifference", "PatternIntensity", "StatisticalShapePenalty"),
    "Optimizer": ("CMAEvolutionStrategy", "Simplex", "AdaGrad", "AdaptiveStochasticLBFGS"),
    "Interpolator": ("RayCastInterpolator", "NearestNeighborInterpolator"),
    "ResampleInterpolator": ("FinalLinearInterpolator", "FinalRayCastInterpolator"),
    "FixedImagePyramid": ("FixedShrinkingImagePyramid", "OpenCLFixedGenericImagePyramid"),
    "MovingImagePyramid": ("MovingShrinkingImagePyramid",),
}


@pytest.mark.native_engine
@pytest.mark.parametrize("kind", UNUSUAL)
def test_elastix_cannot_create_what_is_said_to_be_missing(native, tmp_path, kind):
    for name in UNUSUAL[kind]:
        _, printed = run(native, tmp_path, parameters(**{kind: name}), grid(16))
        is_missing = f"could not be created: {name}" in printed
        assert (name in missing_components(native, [name])) == is_missing


@pytest.mark.itk_engine
@pytest.mark.parametrize(
    ("kind", "name"),
    [("Metric", "KNNGraphAlphaMutualInformation"), ("Optimizer", "AdaGrad"), ("Transform", "SimilarityTransform")],
)
def test_the_wheel_cannot_create_what_is_said_to_be_missing(tmp_path, kind, name):
    wheel = find_engine("itk")
    file = parameters(**{kind: name})
    _, printed = run(wheel, tmp_path, file, grid(16))
    assert bool(component_findings([file], wheel)) == (f"could not be created: {name}" in printed)


@pytest.mark.native_engine
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measures as Linux does")
@pytest.mark.parametrize(
    ("size", "changes"),
    [
        (128, {"NumberOfResolutions": 3}),
        (80, {"Transform": "BSplineTransform", "FinalGridSpacingInVoxels": 4, "NumberOfJacobianMeasurements": 1000}),
    ],
)
def test_elastix_takes_as_much_memory_as_foretold_within_a_third(native, tmp_path, size, changes):
    of, file = grid(size), parameters(**changes)
    measuring = [sys.executable, "-S", "-E", "-c", PEAK_OF_CHILD, *command(native, tmp_path, file, of, of)]
    done = subprocess.run(measuring, env=dict(native.environment), capture_output=True, text=True, check=True)
    status, peak_kib = (int(word) for word in done.stdout.split())
    assert status == 0
    assert memory_needed_bytes([file], of, of, "elastix") / 1024 / peak_kib == pytest.approx(1.1, abs=0.23)
