"""A tiny pair, an elastix that can be made to do anything, and a look at what a fault has left."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import slicer

from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.errors import ElastixPlusError
from phantoms import add_anatomy, shift

TINY = {"dimensions": (12, 11, 10), "spacing_mm": (5.0, 5.5, 6.0)}
QUICK = """(Registration "MultiResolutionRegistration")
(Transform "TranslationTransform")
(Metric "AdvancedMeanSquares")
(Optimizer "AdaptiveStochasticGradientDescent")
(Interpolator "LinearInterpolator")
(ImageSampler "RandomCoordinate")
(FixedImagePyramid "FixedSmoothingImagePyramid")
(MovingImagePyramid "MovingSmoothingImagePyramid")
(ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler")
(NumberOfResolutions 1)
(MaximumNumberOfIterations {iterations})
(NumberOfSpatialSamples 200)
(NewSamplesEveryIteration "true")
(WriteResultImage "false")
"""
# A shift by 3 mm as elastix writes it.
RESULT = """(Transform "TranslationTransform")
(NumberOfParameters 3)
(TransformParameters 3.0 0.0 0.0)
(InitialTransformParametersFileName "NoInitialTransform")
(HowToCombineTransforms "Compose")
(FixedImageDimension 3)
(MovingImageDimension 3)
"""
WRITE_RESULT = f"cat > result/TransformParameters.0.txt <<'END'\n{RESULT}END\n"
FAKE = """#!/bin/sh
if [ "$1" = --version ]; then echo "elastix version: 5.0.1"; exit 0; fi
{body}
"""
LONGEST_MESSAGE = 1500


def nodes_of(scene: slicer.vtkMRMLScene) -> list[tuple[Any, ...]]:
    """Everything of a scene that a fault must leave alone, with the times at which nodes and voxels changed."""
    state: list[tuple[Any, ...]] = []
    for index in range(scene.GetNumberOfNodes()):
        node = scene.GetNthNode(index)
        names = node.GetAttributeNames()
        image = node.GetImageData() if node.IsA("vtkMRMLVolumeNode") else None
        state.append(
            (
                node.GetID(),
                node.GetName(),
                node.GetClassName(),
                node.GetMTime(),
                image.GetMTime() if image is not None else None,
                tuple((name, node.GetAttribute(name)) for name in names),
                tuple(node.GetNodeReferenceID(role) for role in ("transform", "display", "storage")),
            )
        )
    return state


def children() -> list[str]:
    """The processes that this one has started, and those that they have: not what waits to be collected."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if child.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{child.pid} {' '.join(child.cmdline())}")
        except psutil.Error:
            continue
    return found


def open_files() -> int | None:
    """How many descriptors this process has, where that can be known."""
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None


@dataclass
class Surroundings:
    """A scene with a tiny pair and an empty output node, and the places in which a run could leave something.

    :param runs: where run folders are made; ``temporary`` is the system's folder for temporary files.
    :param changes_scene: set by a test whose registration succeeds.
    :param kept: how many run folders of failed runs are to be there at the end.
    """

    scene: slicer.vtkMRMLScene
    fixed: slicer.vtkMRMLScalarVolumeNode
    moving: slicer.vtkMRMLScalarVolumeNode
    runs: Path
    temporary: Path
    folder: Path
    changes_scene: bool = False
    kept: int = 0
    before: tuple[Any, ...] = field(default=())

    def request(self, engine: Path | str, iterations: int = 2, **options: Any) -> RegistrationRequest:
        """A request for the pair with an output volume."""
        parameters = self.folder / "parameters.txt"
        if not parameters.exists():
            parameters.write_text(QUICK.format(iterations=iterations))
        given: dict[str, Any] = {
            "parameter_files": (parameters,),
            "workspace": self.runs,
            "engine": str(engine),
            "output_volume": True,
            "despite_findings": True,
            "threads": 1,
        }
        return RegistrationRequest(self.fixed, self.moving, **{**given, **options})

    def fails(self, request: RegistrationRequest, kind: type[ElastixPlusError], *words: str, keeps: bool) -> Any:
        """Run a registration that has to fail in words, and look at what it leaves.

        :param words: have to be in the message.
        :param keeps: whether the run folder has to be left, as it has after a failure of elastix or of the import.
        """
        with pytest.raises(kind) as caught:
            register(request)
        self.kept += keeps
        self.require_clear(caught.value, *words)
        self.require_unharmed()
        if keeps:
            self.require_told(caught.value)
        return caught.value

    def require_told(self, error: Any) -> None:
        """The place of the run folder is told."""
        place = getattr(error, "run_folder", None) or error.log_path.parent
        assert place.parent == self.runs
        assert place.is_dir()

    def require_clear(self, error: ElastixPlusError, *words: str) -> None:
        """One sentence on the cause, one on the remedy, in letters that can be shown."""
        for sentence in (error.what, error.remedy):
            assert sentence.endswith("."), sentence
            assert len(sentence) < LONGEST_MESSAGE
            assert all(letter.isprintable() for letter in sentence), repr(sentence)
        for word in words:
            assert word in str(error), str(error)

    def state(self) -> tuple[Any, ...]:
        return (nodes_of(self.scene), children(), sorted(os.listdir(self.temporary)), open_files())

    def require_unharmed(self) -> None:
        """The scene is as it was unless it was to change; no process, no descriptor and no folder is left."""
        until = time.monotonic() + 2
        while children() != self.before[1] and time.monotonic() < until:
            time.sleep(0.01)
        if open_files() != self.before[3]:
            gc.collect()  # what hangs on the traceback of an error
        nodes, processes, temporary, files = self.state()
        if not self.changes_scene:
            assert nodes == self.before[0], "the scene has changed"
        assert processes == self.before[1], "a process is left"
        assert temporary == self.before[2], "something is left in the folder for temporary files"
        assert files == self.before[3], "a file is left open"
        if self.runs.is_dir():
            assert len(os.listdir(self.runs)) == self.kept, os.listdir(self.runs)


@pytest.fixture(autouse=True)
def surroundings(
    tmp_path: Path, scene: slicer.vtkMRMLScene, monkeypatch: pytest.MonkeyPatch, disk: Any
) -> Iterator[Surroundings]:
    """Compares scene, processes, files and folders of every test of this folder before and after."""
    places = {name: tmp_path / name for name in ("runs", "temporary", "folder")}
    for place in places.values():
        place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(places["temporary"]))
    fixed = add_anatomy(scene, **TINY, name="fixed")
    moving = add_anatomy(scene, **TINY, moved_by=shift(3, 0, 0), name="moving")
    moving.SetAttribute("of the user", "kept")
    scene.AddNewNodeByClass("vtkMRMLTransformNode", "wanted")
    made = Surroundings(scene, fixed, moving, **places)
    made.before = made.state()
    yield made
    made.require_unharmed()


@pytest.fixture
def fake_elastix(tmp_path: Path) -> Callable[..., Path]:
    """Makes a program that tells the version of elastix, and else does what it is given as shell script."""
    if os.name == "nt":
        pytest.skip("stands in for elastix by a script for POSIX")

    def make(body: str = WRITE_RESULT, name: str = "elastix") -> Path:
        path = tmp_path / name
        path.write_text(FAKE.format(body=body))
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mounts a small file system; a test that needs one is skipped where that is not allowed."""
    mounted: list[Path] = []

    def mount(size: str, options: str = "rw", name: str = "disk") -> Path:
        place = tmp_path / name
        place.mkdir()
        if not sys.platform.startswith("linux"):
            pytest.skip("mounts a tmpfs")
        words = ["mount", "-t", "tmpfs", "-o", f"size={size},{options}", "tmpfs", str(place)]
        if subprocess.run(words, capture_output=True, check=False).returncode != 0:
            pytest.skip("no file system can be mounted here")
        mounted.append(place)
        return place

    yield mount
    for place in reversed(mounted):
        subprocess.run(["umount", str(place)], check=True)
