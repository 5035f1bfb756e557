"""Small volumes, parameter files and runs of the real engines for tests that make elastix fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ElastixPlusLib.elastix.command import ElastixInputs, elastix_command
from ElastixPlusLib.elastix.diagnosis import diagnose, failure
from ElastixPlusLib.elastix.engine import ENGINE_VARIABLE, Engine, find_engine
from ElastixPlusLib.elastix.process import ElastixProcess
from ElastixPlusLib.elastix.workspace import Workspace
from ElastixPlusLib.errors import ElastixFailedError

SIZE = 24
SPACING_MM = 2.0
NATIVE = pytest.param("elastix", marks=pytest.mark.native_engine)
WHEEL = pytest.param("itk", marks=pytest.mark.itk_engine)

IMAGE_METRIC = '"AdvancedMattesMutualInformation"'
LANDMARK_METRIC = '"CorrespondingPointsEuclideanDistanceMetric"'
SEVERAL = '"MultiMetricMultiResolutionRegistration"'
QUICK = {
    "Registration": '"MultiResolutionRegistration"',
    "Transform": '"EulerTransform"',
    "Metric": IMAGE_METRIC,
    "Optimizer": '"AdaptiveStochasticGradientDescent"',
    "AutomaticScalesEstimation": '"true"',
    "AutomaticTransformInitialization": '"false"',
    "Interpolator": '"LinearInterpolator"',
    "ImageSampler": '"RandomCoordinate"',
    "FixedImagePyramid": '"FixedSmoothingImagePyramid"',
    "MovingImagePyramid": '"MovingSmoothingImagePyramid"',
    "ResampleInterpolator": '"FinalBSplineInterpolator"',
    "Resampler": '"DefaultResampler"',
    "NumberOfResolutions": "1",
    "ImagePyramidSchedule": "1 1 1",
    "MaximumNumberOfIterations": "3",
    "NumberOfSpatialSamples": "500",
    "NewSamplesEveryIteration": '"true"',
    "ErodeMask": '"false"',
    "WriteResultImage": '"false"',
    "ResultImageFormat": '"mha"',
}
TWO = {name: f"{value} {value}" for name, value in (("Metric", IMAGE_METRIC), ("Interpolator", '"LinearInterpolator"'))}
PYRAMIDS = {
    name: f'"{name.replace("Image", "SmoothingImage")}" ' for name in ("FixedImagePyramid", "MovingImagePyramid")
}
WITH_LANDMARKS = {"Registration": SEVERAL, "Metric": f"{IMAGE_METRIC} {LANDMARK_METRIC}"}
FAST_AWAY = {"AutomaticParameterEstimation": '"false"', "SP_a": "1e5", "MaximumNumberOfIterations": "9"}
TWO_PAIRS = {"fixed": ("fixed.mha",) * 2, "moving": ("moving.mha",) * 2}
NO_CHANGE = """(Transform "AffineTransform")
(NumberOfParameters 12)
(TransformParameters 1 0 0 0 1 0 0 0 1 0 0 0)
(CenterOfRotationPoint 0 0 0)
(InitialTransformParametersFileName "NoInitialTransform")
(InitialTransformParameterFileName "NoInitialTransform")
"""
HALF_A_TRANSFORM = '(Transform "AffineTransform")\n(NumberOfParameters 12)\n(TransformParameters 1 0 0)\n'
ELEMENT_TYPES = {"float32": "MET_FLOAT", "uint8": "MET_UCHAR", "uint16": "MET_USHORT"}


@lru_cache(maxsize=2)
def engine_of(name: str) -> Engine:
    """The native engine or the one in the wheel."""
    return find_engine("itk" if name == "itk" else os.environ.get(ENGINE_VARIABLE) or str(shutil.which("elastix")))


def parameters(**changes: str | None) -> str:
    """The text of a parameter file; None leaves a parameter out."""
    return "".join(f"({name} {value})\n" for name, value in {**QUICK, **changes}.items() if value is not None)


def write_image(path: Path, voxels: npt.NDArray[np.generic], origin_mm: Sequence[float] = (0, 0, 0)) -> None:
    """Write an image of any dimension as MetaImage."""
    sizes = voxels.shape[::-1]
    origin = [*origin_mm, *[0.0] * len(sizes)][: len(sizes)]
    header = (
        f"ObjectType = Image\nNDims = {len(sizes)}\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        f"Offset = {' '.join(map(str, origin))}\nElementSpacing = {' '.join([str(SPACING_MM)] * len(sizes))}\n"
        f"DimSize = {' '.join(map(str, sizes))}\nElementType = {ELEMENT_TYPES[voxels.dtype.name]}\n"
        "ElementDataFile = LOCAL\n"
    )
    path.write_bytes(header.encode() + voxels.tobytes())


@lru_cache(maxsize=4)
def anatomy(size: int = SIZE) -> npt.NDArray[np.float32]:
    """A few bright spots and a little noise."""
    random = np.random.default_rng(1)
    grid = np.stack(np.meshgrid(*[np.arange(size)] * 3, indexing="ij"), axis=-1)
    image = random.normal(0, 1, (size,) * 3)
    for _ in range(6):
        center, width = random.uniform(size / 4, size * 3 / 4, 3), random.uniform(2, 4)
        image += random.uniform(40, 100) * np.exp(-((grid - center) ** 2).sum(-1) / (2 * width**2))
    return image.astype("<f4")


def box(first: int, end: int, value: int = 1, kind: type[np.generic] = np.uint8) -> npt.NDArray[np.generic]:
    """A mask that is a cube."""
    mask = np.zeros((SIZE,) * 3, kind)
    mask[first:end, first:end, first:end] = value
    return mask


def write_points(path: Path, count: int, announced: int | None = None) -> None:
    """Write a point file, which may promise more than it holds."""
    rows = [" ".join(map(repr, row)) for row in np.random.default_rng(2).uniform(10, 36, (count, 3)).tolist()]
    path.write_text("\n".join(["point", str(announced or count), *rows, ""]))


def run_folder(place: Path, *parameter_texts: str) -> Workspace:
    """A run that would succeed."""
    files = Workspace.create(place, keep=True)
    write_image(files.fixed, anatomy())
    write_image(files.moving, np.roll(anatomy(), 1, 0))
    for stage, text in enumerate(parameter_texts or (parameters(),)):
        files.parameter_file(stage).write_text(text)
    return files


def inputs_in(files: Workspace, **changes: object) -> ElastixInputs:
    """What is given to elastix: every file of the run folder that is there."""
    named = {
        "fixed": ("fixed.mha",),
        "moving": ("moving.mha",),
        "parameter_files": tuple(sorted(path.name for path in files.folder.glob("parameters.*.txt"))),
        "output": "result",
        "fixed_masks": tuple(path.name for path in [files.fixed_mask] if path.is_file()),
        "moving_masks": tuple(path.name for path in [files.moving_mask] if path.is_file()),
        "fixed_landmarks": files.fixed_landmarks.name if files.fixed_landmarks.is_file() else None,
        "moving_landmarks": files.moving_landmarks.name if files.moving_landmarks.is_file() else None,
        "initial_transform": files.initial_transform.name if files.initial_transform.is_file() else None,
    }
    return ElastixInputs(**{**named, **changes})  # type: ignore[arg-type]


def run(
    files: Workspace, command: Sequence[str], environment: Mapping[str, str], seconds: float = 60
) -> tuple[ElastixFailedError, int]:
    """Run a program in the run folder, and let what it left be diagnosed as after a registration."""
    with ElastixProcess(command, files.folder, environment, files.console_log) as process:
        status = process.wait(timeout=seconds)
    assert status is not None
    error = failure(files.console_log, status)
    printed = files.console_log.read_text(encoding="utf-8", errors="replace")
    assert diagnose(printed, status, files.folder).is_known, f"{error.what}\n{printed}"
    return error, status


def failed_run(files: Workspace, engine: Engine, **changes: object) -> ElastixFailedError:
    """Run the engine on what lies in the run folder; it has to fail."""
    error, status = run(files, elastix_command(engine, inputs_in(files, **changes), 1), engine.environment)
    assert status != 0, files.console_log.read_text(errors="replace")
    return error


def option_of(error: ElastixFailedError) -> str | None:
    """The fix as the command line would offer it."""
    return error.fix.option if error.fix is not None else None


def command_in(files: Workspace, engine: Engine) -> list[str]:
    """The command line of a registration of what lies in the run folder."""
    return elastix_command(engine, inputs_in(files), 1)


def write_landmarks(files: Workspace, fixed: int = 4, moving: int = 4, announced: int | None = None) -> None:
    """Write landmarks for both volumes."""
    write_points(files.fixed_landmarks, fixed, announced)
    write_points(files.moving_landmarks, moving)
