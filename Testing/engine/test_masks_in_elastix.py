"""What the mask modules say about elastix, asked of elastix itself: native and in the wheel.

The Full sampler draws every voxel of the fixed mask. Asked for more valid samples than it has, elastix ends with how
many of them it found: "outside moving image buffer: <in both masks> / <in the fixed mask>".
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.engine import Engine, find_engine
from ElastixPlusLib.elastix.mask_edges import with_mask_edges
from ElastixPlusLib.elastix.mask_erosion import eroded_fractions
from ElastixPlusLib.elastix.mask_sampler import (
    fill_fraction,
    mask_dimensions,
    region_fill,
    with_sampler_for_mask,
    without_mask_sampler,
)
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.pyramid_schedule import fixed_schedule, moving_schedule, with_safe_schedules

SIZE = 40
SHIFT_MM = np.array([2.0, 0.0, 0.0])

COMMON = """
(Registration "MultiResolutionRegistration")
(Transform "TranslationTransform")
(Interpolator "LinearInterpolator")
(ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler")
(AutomaticTransformInitialization "false")
(WriteResultImage "false")
"""
COUNTING = (
    COMMON
    + """
(Metric "AdvancedMeanSquares")
(Optimizer "RegularStepGradientDescent")
(MaximumNumberOfIterations 1)
(MaximumStepLength 1e-6)
(MinimumStepLength 1e-3)
(ImageSampler "Full")
"""
)
REGISTERING = (
    COMMON
    + """
(Metric "AdvancedMattesMutualInformation")
(Optimizer "AdaptiveStochasticGradientDescent")
(NumberOfHistogramBins 16)
(NumberOfSpatialSamples 1000)
(NewSamplesEveryIteration "true")
(MaximumNumberOfIterations 60)
(RequiredRatioOfValidSamples 0.05)
(ErodeMask "false")
"""
)


@dataclass(frozen=True)
class Run:
    exit_code: int
    log: str
    translation: np.ndarray | None


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("native", marks=pytest.mark.native_engine),
        pytest.param("itk", marks=pytest.mark.itk_engine),
    ],
)
def engine(request) -> Engine:
    if request.param == "itk":
        return find_engine("itk")
    return find_engine(os.environ.get("ELASTIXPLUS_ELASTIX") or shutil.which("elastix"))


@pytest.fixture(scope="module")
def elastix(engine, tmp_path_factory):
    """Run a parameter file with masks of the fixed and the moving volume."""
    folder = tmp_path_factory.mktemp("volumes")
    write_volume(folder / "fixed.mha", blobs(np.zeros(3)))
    write_volume(folder / "moving.mha", blobs(SHIFT_MM))

    def run(
        parameters: ParameterFile, fixed_mask: np.ndarray | None = None, moving_mask: np.ndarray | None = None
    ) -> Run:
        out = folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        parameters.write(folder / "parameters.txt")
        command = [*engine.elastix_command, *"-f fixed.mha -m moving.mha -p parameters.txt -out out -threads 1".split()]
        for option, mask in (("-fMask", fixed_mask), ("-mMask", moving_mask)):
            if mask is not None:
                write_volume(folder / f"{option}.mha", mask)
                command += [option, f"{option}.mha"]
        finished = subprocess.run(
            command, cwd=folder, env=dict(engine.environment), capture_output=True, check=False, timeout=100
        )
        log = (finished.stdout + finished.stderr).decode(errors="replace")
        written = out / "elastix.log"
        log += written.read_text(errors="replace") if written.exists() else ""
        result = out / "TransformParameters.0.txt"
        numbers = re.search(r"\(TransformParameters ([^)]*)\)", result.read_text()) if result.exists() else None
        return Run(finished.returncode, log, np.array(numbers.group(1).split(), dtype=float) if numbers else None)

    return run


def parameters(text: str, resolutions: int = 1, pyramid: str = "Smoothing") -> ParameterFile:
    return ParameterFile.parse(
        f"{text}(NumberOfResolutions {resolutions})\n"
        f'(FixedImagePyramid "Fixed{pyramid}ImagePyramid")\n(MovingImagePyramid "Moving{pyramid}ImagePyramid")\n'
    )


def counted(run: Run) -> tuple[int, int]:
    """Voxels left in both masks, and in the fixed one."""
    found = re.search(r"outside moving image buffer: (\d+) / (\d+)", run.log)
    assert found, run.log[-1500:]
    return int(found.group(1)), int(found.group(2))


def counting(resolutions: int, resolution: int, text: str) -> ParameterFile:
    """A stage that ends with the counts of one resolution."""
    ratios = ["1e-6"] * resolutions
    ratios[resolution] = "2.0"
    return parameters(COUNTING + f"(RequiredRatioOfValidSamples {' '.join(ratios)})\n{text}\n", resolutions)


def lumps() -> np.ndarray:
    """A mask of several balls, one of them up to the border of the volume."""
    random, mask = np.random.default_rng(5), np.zeros((SIZE,) * 3, dtype=np.uint8)
    where = np.indices(mask.shape)
    for center in [(20, 20, 0), *random.uniform(10, 30, (4, 3))]:
        mask[((where - np.reshape(center, (3, 1, 1, 1))) ** 2).sum(axis=0) < random.uniform(7, 11) ** 2] = 1
    return mask


def two_corners(edge: int = 7) -> np.ndarray:
    """About 1 percent of the volume, and of the box around it."""
    mask = np.zeros((SIZE,) * 3, dtype=np.uint8)
    mask[1 : 1 + edge, 1 : 1 + edge, 1 : 1 + edge] = 1
    mask[-1 - edge : -1, -1 - edge : -1, -1 - edge : -1] = 1
    return mask


SCHEDULES = {
    "coarse to fine": (0, "(ImagePyramidSchedule 4 2 1 1 1 1)"),
    "growing": (1, "(ImagePyramidSchedule 1 1 1 3 3 3)"),
    "down to nothing": (1, "(ImagePyramidSchedule 2 2 2 0 0 0)"),
    "one for each side": (1, "(FixedImagePyramidSchedule 2 1 3 2 1 1)\n(MovingImagePyramidSchedule 1 2 2 1 1 2)"),
    "too short": (0, "(ImagePyramidSchedule 4 4 4)"),
}


@pytest.mark.parametrize(("resolution", "schedule"), SCHEDULES.values(), ids=SCHEDULES.keys())
def test_erosion_leaves_the_very_number_of_voxels_that_is_said(elastix, schedule, resolution):
    mask = lumps()
    file = counting(2, resolution, f'(ErodeMask "true")\n{schedule}')
    parts = (
        eroded_fractions(mask, moving_schedule(file), "moving")[resolution],  # less than of the fixed mask, and in it
        eroded_fractions(mask, fixed_schedule(file), "fixed")[resolution],
    )
    assert counted(elastix(file, mask, mask)) == tuple(round(part * mask.sum()) for part in parts)


@pytest.mark.parametrize("resolution", [0, 1])
def test_erosion_is_switched_for_each_mask_and_each_resolution(elastix, resolution):
    mask = lumps()
    file = counting(2, resolution, "(ImagePyramidSchedule 2 2 2 1 1 1)")
    file = with_mask_edges(file, "artificial", "artificial", (0.1, 0.9), (0.9, 0.1))
    whole = int(mask.sum())
    fixed = round(eroded_fractions(mask, [(1, 1, 1)], "fixed")[0] * whole)
    moving = round(eroded_fractions(mask, [(2, 2, 2)], "moving")[0] * whole)
    assert counted(elastix(file, mask, mask)) == ((moving, whole) if resolution == 0 else (fixed, fixed))


def slab(thickness: int) -> np.ndarray:
    mask = np.zeros((SIZE,) * 3, dtype=np.uint8)
    mask[12 : 12 + thickness, 4:36, 4:36] = 1
    return mask


def test_a_thin_mask_that_is_said_to_be_gone_fails_and_one_that_is_said_to_be_left_runs(elastix):
    text = REGISTERING.replace('(ErodeMask "false")', '(ErodeMask "true")')
    file = parameters(text + '(ImageSampler "RandomCoordinate")\n(ImagePyramidSchedule 4 4 4 1 1 1)\n', 2)
    gone, left = slab(10), slab(11)
    assert eroded_fractions(gone, fixed_schedule(file), "fixed")[0] == 0.0
    assert eroded_fractions(left, fixed_schedule(file), "fixed")[0] > 0.0
    failed, ran = elastix(file, gone), elastix(file, left)
    assert failed.exit_code != 0
    assert "No valid voxels" in failed.log
    assert ran.exit_code == 0, ran.log[-1500:]


def test_a_thin_mask_runs_when_erosion_is_off_where_it_leaves_too_little(elastix):
    mask = slab(10)
    file = parameters(REGISTERING + '(ImageSampler "RandomCoordinate")\n(ImagePyramidSchedule 4 4 4 1 1 1)\n', 2)
    parts = eroded_fractions(mask, fixed_schedule(file), "fixed")
    safe = with_mask_edges(file, "artificial", None, parts)
    assert safe.get("ErodeMask") == ("false", "true")
    finished = elastix(safe, mask)
    assert finished.exit_code == 0, finished.log[-1500:]
    np.testing.assert_allclose(finished.translation, SHIFT_MM, atol=0.5)


@pytest.mark.parametrize("sampler", ["Random", "RandomCoordinate", "MultiInputRandomCoordinate"])
def test_a_mask_of_one_percent_starves_a_sampler_and_not_the_one_that_replaces_it(elastix, sampler):
    mask = two_corners()
    file = parameters(REGISTERING + f'(ImageSampler "{sampler}")\n')
    starved = elastix(file, mask)
    assert starved.exit_code != 0
    assert "Could not find enough image samples" in starved.log
    fed = elastix(with_sampler_for_mask(file, fill_fraction(mask, file)), mask)
    assert fed.exit_code == 0, fed.log[-1500:]
    np.testing.assert_allclose(fed.translation, SHIFT_MM, atol=0.8)


def test_more_samples_than_the_mask_has_voxels_are_drawn_more_than_once(elastix):
    mask = two_corners(5)
    file = parameters(REGISTERING.replace("Samples 1000", "Samples 5000") + '(ImageSampler "Random")\n')
    fed = elastix(with_sampler_for_mask(file, fill_fraction(mask, file)), mask)
    assert mask.sum() < 5000
    assert fed.exit_code == 0, fed.log[-1500:]


def test_the_grid_of_the_step_size_does_not_miss_a_thin_oblique_mask(elastix):
    mask = (np.abs(np.indices((SIZE,) * 3).sum(axis=0) - 58) < 1).astype(np.uint8)
    file = parameters(REGISTERING + '(ImageSampler "RandomSparseMask")\n')
    assert "No valid voxels" in elastix(file, mask).log
    file = parameters(REGISTERING + '(ImageSampler "RandomCoordinate")\n')
    fed = elastix(with_sampler_for_mask(file, fill_fraction(mask, file)), mask)
    assert fed.exit_code == 0, fed.log[-1500:]


def test_a_hole_in_a_full_mask_starves_a_region_and_nothing_else(elastix):
    mask = np.zeros((SIZE,) * 3, dtype=np.uint8)
    mask[2:38, 2:38, 2:38] = 1
    mask[10:26, 10:26, 10:26] = 0
    text = '(ImageSampler "RandomCoordinate")\n(UseRandomSampleRegion "true")\n(SampleRegionSize 10 10 10)\n'
    file = parameters(REGISTERING.replace("Iterations 60", "Iterations 1000") + text)
    assert fill_fraction(mask, file) > 0.8
    assert "Could not find enough image samples" in elastix(file, mask).log
    fed = with_sampler_for_mask(file, fill_fraction(mask, file), region_fill(mask, (1.0, 1.0, 1.0), file))
    assert fed.get("ImageSampler") == ("RandomCoordinate",)
    assert elastix(fed, mask).exit_code == 0


def test_the_sampler_for_masks_fails_without_one_and_its_replacement_runs(elastix):
    file = parameters(REGISTERING + '(ImageSampler "RandomSparseMask")\n')
    failed = elastix(file)
    assert failed.exit_code != 0
    assert "do not call this function when no mask is supplied" in failed.log
    finished = elastix(without_mask_sampler(file))
    assert finished.exit_code == 0, finished.log[-1500:]
    np.testing.assert_allclose(finished.translation, SHIFT_MM, atol=0.2)


@pytest.mark.parametrize(("new_samples", "different"), [("true", True), ("false", False)])
def test_the_sampler_for_masks_draws_new_samples_when_asked(elastix, new_samples, different):
    text = (
        COUNTING.replace("Full", "RandomSparseMask")
        .replace("RegularStep", "Standard")
        .replace("Iterations 1", "Iterations 4")
    )
    text += f'(NewSamplesEveryIteration "{new_samples}")\n(NumberOfSpatialSamples 100)\n(SP_a 1e-12)\n'
    finished = elastix(parameters(text + '(RequiredRatioOfValidSamples 0.05)\n(ErodeMask "false")\n'), two_corners())
    assert finished.exit_code == 0, finished.log[-1500:]
    values = {line.split("\t")[1] for line in finished.log.splitlines() if re.match(r"\d+\t-?\d", line)}
    assert (len(values) > 1) == different


def test_a_small_mask_moves_when_the_pyramid_follows_its_dimensions(elastix):
    mask = np.zeros((SIZE,) * 3, dtype=np.uint8)
    mask[20:26, 20:26, 20:26] = 1
    file = parameters(
        REGISTERING + '(ImageSampler "RandomCoordinate")\n(ImagePyramidSchedule 8 8 8)\n', pyramid="Recursive"
    )
    still = elastix(file, mask)
    assert still.exit_code == 0
    np.testing.assert_array_equal(still.translation, 0.0)  # shrunk to a voxel, and no word about it
    followed = with_safe_schedules(file.without("ImagePyramidSchedule"), mask_dimensions(mask), (SIZE,) * 3)
    moved = elastix(followed, mask)
    np.testing.assert_allclose(moved.translation[0], SHIFT_MM[0], atol=0.8)


def blobs(shift: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(3)
    grid = np.stack(np.meshgrid(*[np.arange(float(SIZE))] * 3, indexing="ij"), axis=-1)[..., ::-1]
    volume = np.zeros((SIZE,) * 3)
    for _ in range(60):
        center, width, height = random.uniform(0, SIZE, 3), random.uniform(2, 5), random.uniform(50, 200)
        volume += height * np.exp(-((grid - center - shift) ** 2).sum(-1) / (2 * width**2))
    return volume.astype("<f4")


def write_volume(path: Path, voxels: np.ndarray) -> None:
    kind = {"uint8": "MET_UCHAR", "float32": "MET_FLOAT"}[str(voxels.dtype)]
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        f"DimSize = {SIZE} {SIZE} {SIZE}\nElementSpacing = 1 1 1\nOffset = 0 0 0\n"
        f"ElementType = {kind}\nElementDataFile = LOCAL\n"
    )
    path.write_bytes(header.encode() + voxels.tobytes())
