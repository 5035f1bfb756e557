"""Files on disk as a user of the command line has them, and a way to call it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import slicer

from ElastixPlusLib.cli import main
from ElastixPlusLib.mrml.files import write_volume
from phantoms import add_anatomy, add_points, grid_matrix, rotation_about, shift

MOVED_BY = shift(5, -4, 3) @ rotation_about((1, 2, 3), 6.0)
QUICK_RIGID = """
(Registration "MultiResolutionRegistration")
(Transform "EulerTransform")
(Metric "AdvancedMattesMutualInformation")
(Optimizer "AdaptiveStochasticGradientDescent")
(AutomaticScalesEstimation "true")
(Interpolator "LinearInterpolator")
(ImageSampler "RandomCoordinate")
(FixedImagePyramid "FixedSmoothingImagePyramid")
(MovingImagePyramid "MovingSmoothingImagePyramid")
(ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler")
(NumberOfResolutions 2)
(MaximumNumberOfIterations 100)
(NewSamplesEveryIteration "true")
"""


@dataclass(frozen=True)
class Answer:
    """What a command left: exit code and both streams."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class UserFiles:
    """The files of a user, and the folder in which the results are wanted."""

    folder: Path
    fixed: Path
    moving: Path
    fixed_landmarks: Path
    moving_landmarks: Path
    parameters: Path
    out: Path
    fixed_points: np.ndarray
    moving_points: np.ndarray

    def volumes(self) -> list[str]:
        return ["--fixed", str(self.fixed), "--moving", str(self.moving), "--parameters", str(self.parameters)]

    def landmarks(self) -> list[str]:
        return ["--fixed-landmarks", str(self.fixed_landmarks), "--moving-landmarks", str(self.moving_landmarks)]

    def outputs(self) -> list[str]:
        return ["--output-transform", str(self.out / "T.h5"), "--output-volume", str(self.out / "V.nrrd")]


def write_points(path: Path, points_ras: np.ndarray, labels: list[str] | None = None) -> Path:
    """Save a point list as 3D Slicer does."""
    scene = slicer.vtkMRMLScene()
    node = add_points(scene, points_ras, labels)
    storage = slicer.vtkMRMLMarkupsJsonStorageNode()
    storage.SetFileName(str(path))
    assert storage.WriteData(node)
    return path


@pytest.fixture
def user(tmp_path: Path, scene: slicer.vtkMRMLScene) -> UserFiles:
    """A registrable pair with eight landmark pairs and a quick parameter file."""
    folder = tmp_path / "user"
    out = folder / "out"
    out.mkdir(parents=True)
    write_volume(add_anatomy(scene), folder / "fixed.nrrd")
    write_volume(add_anatomy(scene, moved_by=MOVED_BY), folder / "moving.nrrd")
    fixed_points = np.random.default_rng(3).uniform(-18, 18, (8, 3))
    moving_points = fixed_points @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3]
    (folder / "quick.txt").write_text(QUICK_RIGID)
    return UserFiles(
        folder,
        folder / "fixed.nrrd",
        folder / "moving.nrrd",
        write_points(folder / "fixed.mrk.json", fixed_points),
        write_points(folder / "moving.mrk.json", moving_points),
        folder / "quick.txt",
        out,
        fixed_points,
        moving_points,
    )


@pytest.fixture
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, so that a test can see what was left in it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def elastixplus(capfd: pytest.CaptureFixture[str], temporary_folder: Path) -> Callable[..., Answer]:
    """Call the command line in this process."""

    def call(*arguments: str) -> Answer:
        capfd.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capfd.readouterr()
        return Answer(code, out, err)

    return call


def tiny_volume(scene: slicer.vtkMRMLScene, voxels: np.ndarray, path: Path) -> Path:
    """Save an array as a volume with voxels of 2 mm."""
    from phantoms import add_volume

    write_volume(add_volume(scene, voxels, grid_matrix(voxels.shape[::-1], (2, 2, 2))), path)
    return path
