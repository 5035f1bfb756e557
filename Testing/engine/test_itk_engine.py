"""The itk-elastix wheel behind the command line of elastix: same files, same lines, same numbers, same ends."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ElastixPlusLib.elastix.diagnosis import diagnose
from ElastixPlusLib.elastix.engine import Engine, find_engine
from ElastixPlusLib.elastix.iteration_plan import IterationPlan
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.process import ElastixProcess
from ElastixPlusLib.elastix.progress import ProgressReader

pytestmark = pytest.mark.itk_engine

SIZE = 32
SPACING_MM = 2.0
SHIFT_MM = np.array([4.0, 2.0, -2.0])
LANDMARKS_MM = np.array([[24.0, 24.0, 24.0], [40.0, 34.0, 28.0], [28.0, 42.0, 40.0], [34.0, 20.0, 44.0]])

COMMON = """(FixedInternalImagePixelType "float")
(MovingInternalImagePixelType "float")
(UseDirectionCosines "true")
(Interpolator "LinearInterpolator")
(ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler")
(FixedImagePyramid "FixedSmoothingImagePyramid")
(MovingImagePyramid "MovingSmoothingImagePyramid")
(Optimizer "AdaptiveStochasticGradientDescent")
(ImageSampler "RandomCoordinate")
(NumberOfSpatialSamples 1000)
(NewSamplesEveryIteration "true")
(AutomaticScalesEstimation "true")
(ErodeMask "false")
(WriteResultImage "false")
(ResultImageFormat "mha")
(NumberOfResolutions 2)
"""
RIGID = (
    COMMON
    + """(Registration "MultiResolutionRegistration")
(Metric "AdvancedMattesMutualInformation")
(Transform "EulerTransform")
(MaximumNumberOfIterations 40 20)
"""
)
DEFORMABLE = (
    COMMON
    + """(Registration "MultiMetricMultiResolutionRegistration")
(Metric "AdvancedMattesMutualInformation" "CorrespondingPointsEuclideanDistanceMetric")
(Metric0Weight 1.0)
(Metric1Weight 0.1)
(Transform "BSplineTransform")
(FinalGridSpacingInPhysicalUnits 20)
(MaximumNumberOfIterations 15)
"""
)
INITIAL = """(Transform "AffineTransform")
(NumberOfParameters 12)
(TransformParameters 1 0 0 0 1 0 0 0 1 {shift})
(CenterOfRotationPoint 0 0 0)
(HowToCombineTransforms "Compose")
(InitialTransformParametersFileName "NoInitialTransform")
(InitialTransformParameterFileName "NoInitialTransform")
"""
INITIAL_FIELD = """(Transform "DeformationFieldTransform")
(DeformationFieldFileName "initial_field.mha")
(DeformationFieldInterpolationOrder 1)
(NumberOfParameters 0)
(HowToCombineTransforms "Compose")
(InitialTransformParametersFileName "NoInitialTransform")
(InitialTransformParameterFileName "NoInitialTransform")
"""
BASE = "-f fixed.mha -m moving.mha -out out -threads 2".split()
LANDMARKS = "-fp fixed_points.txt -mp moving_points.txt".split()


def write_volume(path: Path, voxels: npt.NDArray[np.generic], kind: str, channels: int = 1) -> None:
    """Write a volume as MetaImage."""
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nOffset = 0 0 0\n"
        f"ElementSpacing = {SPACING_MM} {SPACING_MM} {SPACING_MM}\nDimSize = {SIZE} {SIZE} {SIZE}\n"
        f"ElementNumberOfChannels = {channels}\nElementType = {kind}\nElementDataFile = LOCAL\n"
    )
    path.write_bytes(header.encode() + voxels.tobytes())


def read_values(path: Path, kind: str) -> npt.NDArray[np.generic]:
    """Read the values of a MetaImage with its header in front."""
    content = path.read_bytes()
    start = content.index(b"ElementDataFile = LOCAL\n") + len(b"ElementDataFile = LOCAL\n")
    return np.frombuffer(content[start:], dtype=kind)


def blobs(shift_mm: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """A few bright spots and a little noise."""
    random = np.random.default_rng(3)
    grid = np.stack(np.meshgrid(*[np.arange(SIZE) * SPACING_MM] * 3, indexing="ij"), axis=-1)[..., ::-1]
    image = random.normal(0, 0.5, (SIZE,) * 3)
    for _ in range(8):
        center, width, height = random.uniform(16, 48, 3), random.uniform(5, 10), random.uniform(40, 120)
        image += height * np.exp(-((grid - center - shift_mm) ** 2).sum(-1) / (2 * width**2))
    return image.astype("<f4")


def write_points(path: Path, points: npt.NDArray[np.float64]) -> None:
    rows = [" ".join(map(repr, point)) for point in points.tolist()]
    path.write_text("\n".join(["point", str(len(rows)), *rows, ""]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with everything a run needs, in a place with a space and other letters in its name."""
    folder = tmp_path / "Jörg Müller"
    (folder / "out").mkdir(parents=True)
    write_volume(folder / "fixed.mha", blobs(np.zeros(3)), "MET_FLOAT")
    write_volume(folder / "moving.mha", blobs(SHIFT_MM), "MET_FLOAT")
    mask = np.zeros((SIZE,) * 3, np.uint8)
    mask[4:-4, 4:-4, 4:-4] = 1
    write_volume(folder / "mask.mha", mask, "MET_UCHAR")
    field = np.tile(SHIFT_MM.astype("<f4"), (SIZE**3, 1))
    write_volume(folder / "initial_field.mha", field, "MET_FLOAT", channels=3)
    write_points(folder / "fixed_points.txt", LANDMARKS_MM)
    write_points(folder / "moving_points.txt", LANDMARKS_MM + SHIFT_MM)
    (folder / "rigid.txt").write_text(RIGID)
    (folder / "deformable.txt").write_text(DEFORMABLE)
    (folder / "initial.txt").write_text(INITIAL.format(shift=" ".join(map(str, SHIFT_MM))))
    (folder / "initial_field.txt").write_text(INITIAL_FIELD)
    return folder


@pytest.fixture(scope="module")
def itk_engine() -> Engine:
    return find_engine("itk")


@pytest.fixture(scope="module")
def native_engine() -> Engine:
    return find_engine("elastix")


def run(command: Sequence[str], engine: Engine, folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [*command], cwd=folder, env=dict(engine.environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.decode("utf-8", errors="replace")


def iteration_rows(text: str) -> list[list[float]]:
    """Iteration, metric and the columns up to the step size; the times differ from run to run."""
    return [[float(cell) for cell in line.split("\t")[:4]] for line in text.splitlines() if re.match(r"\d+\t", line)]


def output_points(folder: Path) -> npt.NDArray[np.float64]:
    text = (folder / "out" / "outputpoints.txt").read_text()
    return np.array([[float(word) for word in row.split()] for row in re.findall(r"OutputPoint = \[ (.*?) \]", text)])


def test_a_run_writes_the_files_of_elastix(itk_engine: Engine, folder: Path):
    words = [*BASE, *LANDMARKS, "-p", "rigid.txt", "-p", "deformable.txt"]
    status, printed = run([*itk_engine.elastix_command, *words], itk_engine, folder)
    assert status == 0, printed[-2000:]
    assert {path.name for path in (folder / "out").iterdir()} == {
        *("elastix.log", "TransformParameters.0.txt", "TransformParameters.1.txt"),
        *(f"IterationInfo.{stage}.R{resolution}.txt" for stage in range(2) for resolution in range(2)),
    }
    first, second = (folder / "out" / f"TransformParameters.{stage}.txt" for stage in range(2))
    assert '(InitialTransformParameterFileName "NoInitialTransform")' in first.read_text()
    assert '(InitialTransformParameterFileName "out/TransformParameters.0.txt")' in second.read_text()


@pytest.mark.native_engine
@pytest.mark.parametrize("initial", ["initial.txt", "initial_field.txt"])
def test_both_engines_make_the_same_iterations(itk_engine: Engine, native_engine: Engine, folder: Path, initial: str):
    words = [*BASE, *LANDMARKS, "-p", "rigid.txt", "-p", "deformable.txt", "-t0", initial]
    words += ["-fMask", "mask.mha", "-mMask", "mask.mha"]
    rows = []
    for engine in (native_engine, itk_engine):
        status, printed = run([*engine.elastix_command, *words], engine, folder)
        assert status == 0, printed[-2000:]
        rows.append(iteration_rows(printed))
        assert f'FileName "{initial}")' in (folder / "out" / "TransformParameters.0.txt").read_text()
    assert len(rows[0]) == 40 + 20 + 15 + 15
    np.testing.assert_allclose(rows[1], rows[0], rtol=1e-3, atol=1e-4)


def test_the_initial_transform_is_used(itk_engine: Engine, folder: Path):
    (folder / "points_first.txt").write_text(
        DEFORMABLE.replace("MaximumNumberOfIterations 15", "MaximumNumberOfIterations 1")
    )
    distances = []
    for initial in ([], ["-t0", "initial.txt"], ["-t0", "initial_field.txt"]):
        words = [*BASE, *LANDMARKS, *initial, "-p", "points_first.txt"]
        status, printed = run([*itk_engine.elastix_command, *words], itk_engine, folder)
        assert status == 0, printed[-2000:]
        distances.append(iteration_rows(printed)[0][3])
    np.testing.assert_allclose(distances, [np.linalg.norm(SHIFT_MM), 0.0, 0.0], atol=1e-3)


def test_progress_arrives_while_it_runs_and_covers_the_whole_run(itk_engine: Engine, folder: Path):
    (folder / "long.txt").write_text(RIGID.replace("40 20", "800"))
    command = [*itk_engine.elastix_command, *BASE, "-p", "long.txt", "-p", "deformable.txt", *LANDMARKS]
    files = [ParameterFile.read(folder / name) for name in ("long.txt", "deformable.txt")]
    reader = ProgressReader(IterationPlan.from_parameter_files(files))
    events, arrivals = [], []

    def on_line(line: str) -> None:
        if event := reader.feed(line):
            events.append(event)
            arrivals.append(time.monotonic())

    with ElastixProcess(command, folder, itk_engine.environment, folder / "console.txt") as process:
        assert process.wait(on_line, timeout=120) == 0
    iterations = [event for event in events if event.metric is not None]
    assert len(iterations) == 800 + 800 + 15 + 15
    assert events[-1].fraction == 1.0
    assert iterations[-1].landmark_distance_mm is not None
    assert iterations[0].landmark_distance_mm is None
    assert {event.stage for event in events} == {1, 2}
    # Not one lump at the end: lines come in at many different times.
    assert len({round(arrival, 2) for arrival in arrivals}) > 15


def test_several_pairs_of_volumes_are_passed_on(itk_engine: Engine, folder: Path):
    two = DEFORMABLE.replace("CorrespondingPointsEuclideanDistanceMetric", "AdvancedMeanSquares")
    two = two.replace('"LinearInterpolator"', '"LinearInterpolator" "LinearInterpolator"')
    for side in ("Fixed", "Moving"):
        name = f'"{side}SmoothingImagePyramid"'
        two = two.replace(f"({side}ImagePyramid {name})", f"({side}ImagePyramid {name} {name})")
    (folder / "two.txt").write_text(two.replace('"RandomCoordinate"', '"RandomCoordinate" "RandomCoordinate"'))
    words = "-f0 fixed.mha -f1 fixed.mha -m0 moving.mha -m1 moving.mha -out out -p two.txt -fMask mask.mha".split()
    status, printed = run([*itk_engine.elastix_command, *words], itk_engine, folder)
    assert status == 0, printed[-2000:]
    assert "2:Metric1" in printed


@pytest.mark.parametrize("threads", ["2", "5"])
def test_landmarks_with_a_given_number_of_threads_do_not_crash_the_wheel(
    itk_engine: Engine, folder: Path, threads: str
):
    words = [*BASE[:-1], threads, *LANDMARKS, "-p", "deformable.txt"]
    status, printed = run([*itk_engine.elastix_command, *words], itk_engine, folder)
    assert status == 0, printed[-2000:]


def test_transformix_sends_points_from_fixed_to_moving(itk_engine: Engine, folder: Path):
    assert itk_engine.transformix_command is not None
    words = "-tp initial.txt -def fixed_points.txt -out out".split()
    (folder / "initial.txt").write_text((folder / "initial.txt").read_text() + GEOMETRY)
    status, printed = run([*itk_engine.transformix_command, *words], itk_engine, folder)
    assert status == 0, printed[-2000:]
    np.testing.assert_allclose(output_points(folder), LANDMARKS_MM + SHIFT_MM, atol=1e-6)


GEOMETRY = f"""(FixedImageDimension 3)
(MovingImageDimension 3)
(FixedInternalImagePixelType "float")
(MovingInternalImagePixelType "float")
(Size {SIZE} {SIZE} {SIZE})
(Index 0 0 0)
(Spacing {SPACING_MM} {SPACING_MM} {SPACING_MM})
(Origin 0 0 0)
(Direction 1 0 0 0 1 0 0 0 1)
(UseDirectionCosines "true")
(ResampleInterpolator "FinalBSplineInterpolator")
(FinalBSplineInterpolationOrder 1)
(Resampler "DefaultResampler")
(DefaultPixelValue 0)
(ResultImageFormat "mha")
(ResultImagePixelType "float")
"""


def test_transformix_writes_field_jacobian_and_result(itk_engine: Engine, folder: Path):
    assert itk_engine.transformix_command is not None
    (folder / "initial.txt").write_text((folder / "initial.txt").read_text() + GEOMETRY)
    words = "-tp initial.txt -def all -jac all -in moving.mha -out out -threads 2".split()
    status, printed = run([*itk_engine.transformix_command, *words], itk_engine, folder)
    assert status == 0, printed[-2000:]
    field = read_values(folder / "out" / "deformationField.mha", "<f4").reshape(-1, 3)
    np.testing.assert_allclose(field, np.tile(SHIFT_MM, (SIZE**3, 1)), atol=1e-5)
    np.testing.assert_allclose(read_values(folder / "out" / "spatialJacobian.mha", "<f4"), 1.0, atol=1e-5)
    moving = read_values(folder / "moving.mha", "<f4").reshape((SIZE,) * 3)
    result = read_values(folder / "out" / "result.mha", "<f4").reshape((SIZE,) * 3)
    x, y, z = (SHIFT_MM / SPACING_MM).astype(int)
    np.testing.assert_allclose(result[1:-1, : SIZE - y, : SIZE - x], moving[1 + z : SIZE - 1 + z, y:, x:], atol=1e-3)


@pytest.mark.parametrize(
    ("words", "status", "cause"),
    [
        ("-f nowhere.mha -m moving.mha -p rigid.txt -out out", 1, "could not read the fixed image"),
        ("-f rigid.txt -m moving.mha -p rigid.txt -out out", 1, "could not read the fixed image"),
        ("-f fake.mha -m moving.mha -p rigid.txt -out out", 1, "could not read the fixed image"),
        ("-f fixed.mha -m moving.mha -mMask nowhere.mha -p rigid.txt -out out", 1, "could not read the moving mask"),
        ("-f fixed.mha -m moving.mha -p rigid.txt -out nowhere", 254, "output folder nowhere"),
        ("-f fixed.mha -m moving.mha -p nowhere.txt -out out", 1, "nowhere.txt"),
        ("-f fixed.mha -m moving.mha -p rigid.txt -t0 nowhere.txt -out out", 1, "nowhere.txt"),
        ("-f fixed.mha -m moving.mha -p unknown.txt -out out", 1, "has no NewMetric"),
        ("-f fixed.mha -m moving.mha -p bracket.txt -out out", 1, "(NumberOfResolutions 2"),
        ("-f fixed.mha -m moving.mha -p deformable.txt -out out", 1, "landmarks"),
        ("-f fixed.mha -m moving.mha -p rigid.txt -fMask empty.mha -out out", 1, "mask has no voxel"),
        ("-f fixed.mha -m moving.mha -p rigid.txt -out out -unknown x", 1, "unknown option"),
        ("-m moving.mha -p rigid.txt -out out", 1, '"-f"'),
        ("-f fixed.mha -m moving.mha -p rigid.txt -out", 1, "has no value"),
    ],
)
def test_a_run_that_cannot_succeed_ends_with_a_cause_and_no_traceback(
    itk_engine: Engine, folder: Path, words: str, status: int, cause: str
):
    (folder / "fake.mha").write_text("not a volume")
    (folder / "unknown.txt").write_text(RIGID.replace("AdvancedMattesMutualInformation", "NewMetric"))
    (folder / "bracket.txt").write_text(RIGID.replace("(NumberOfResolutions 2)", "(NumberOfResolutions 2"))
    write_volume(folder / "empty.mha", np.zeros((SIZE,) * 3, np.uint8), "MET_UCHAR")
    ended, printed = run([*itk_engine.elastix_command, *words.split()], itk_engine, folder)
    assert ended == status, printed[-2000:]
    assert "Traceback" not in printed
    assert cause in diagnose(printed, ended).what


def test_the_version_is_told_without_loading_the_wheel(itk_engine: Engine, folder: Path):
    started = time.monotonic()
    status, printed = run([*itk_engine.elastix_command, "--version"], itk_engine, folder)
    assert (status, printed.strip()) == (0, f"elastix version: itk-elastix {itk_engine.version}")
    assert time.monotonic() - started < 1.5
