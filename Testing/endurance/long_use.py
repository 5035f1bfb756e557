"""Registrations of all kinds in a row, as somebody would do them who never closes the program, and what they leave.

Shared by the test beside it and by ``make bench-endurance``.
"""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import slicer
import vtk

import phantoms
from ElastixPlusLib import RegistrationJob, RegistrationRequest, evaluate, register
from ElastixPlusLib.errors import ElastixFailedError
from ElastixPlusLib.evaluation.evaluation_request import evaluation_of_registration
from ElastixPlusLib.preflight import preflight
from quick_stages import spline, stage

SIZE, SPACING_MM = (28, 26, 24), (2.5, 2.5, 2.5)
MOVED_BY = phantoms.shift(2.0, 1.0, -1.0)
ENDLESS = "MaximumNumberOfIterations=1000000"
FLYING_AWAY = ("AutomaticParameterEstimation=false", "SP_a=1e9", "MaximumNumberOfIterations=9")
POLL_SECONDS = 0.005
QUICKER = ("MaximumNumberOfIterations=5", "NumberOfSpatialSamples=800")
# Of so many runs in a row the one at this place; the places never meet.
SPECIAL_TURNS = {"evaluated": (50, 8), "cancelled": (25, 5), "failed": (20, 12), "sampled": (10, 9)}
ORDINARY = ("with_new_nodes", "with_the_same_nodes", "in_steps", "landmarks_alone", "checked")
KINDS = (*ORDINARY, *SPECIAL_TURNS)


@dataclass(frozen=True)
class Held:
    """What this process holds at one moment.

    :param own_mib: memory that is of this process alone, after what is free has been given back to the system. What the
        system takes back when it likes, the pages of libraries, is not in it. ``resident_mib``: all of it, as it is.
    :param python_objects: that the garbage collector knows, after it has run.
    :param vtk_objects: of them those of VTK and MRML.
    :param observers: of the scene; those of nodes show as Python's objects, what they call.
    :param processes: children and their children; ``folders``: for temporary files of ElastixPlus.
    """

    own_mib: float
    resident_mib: float
    python_objects: int
    vtk_objects: int
    nodes: int
    observers: int
    files: int
    threads: int
    processes: int
    folders: int


def held_now(scene: slicer.vtkMRMLScene) -> Held:
    """Count after the garbage has been collected."""
    gc.collect()
    process = psutil.Process()
    resident = process.memory_info().rss
    give_back_free_memory()
    files = process.num_handles() if os.name == "nt" else process.num_fds()
    known = gc.get_objects()
    return Held(
        own_mib=own_bytes(process) / 2**20,
        resident_mib=resident / 2**20,
        python_objects=len(known),
        vtk_objects=sum(isinstance(one, vtk.vtkObjectBase) for one in known),
        nodes=scene.GetNumberOfNodes(),
        observers=str(scene).count("vtkObserver ("),
        files=files,
        threads=process.num_threads(),
        processes=len(process.children(recursive=True)),
        folders=len(list(Path(tempfile.gettempdir()).glob("elastixplus-*"))),
    )


def give_back_free_memory() -> None:
    """Let the C library return what is freed but kept for later, which would be taken for a leak; glibc only."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def own_bytes(process: psutil.Process) -> int:
    """Memory of a process that no file stands behind; elsewhere than on Linux, what it does not share."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.is_file():
        return int(process.memory_full_info().uss)
    rows = (line.split() for line in status.read_text().splitlines())
    return sum(1024 * int(row[1]) for row in rows if row[0] in ("RssAnon:", "VmSwap:"))


class LongUse:
    """A scene with a pair, and registrations of it.

    :param scene: empty.
    :param folder: empty, for the parameter files.
    """

    def __init__(self, scene: slicer.vtkMRMLScene, folder: Path) -> None:
        self.scene = scene
        for name, text in (("rigid", stage("EulerTransform")), ("affine", stage("AffineTransform"))):
            (folder / f"{name}.txt").write_text(text)
        (folder / "spline.txt").write_text(spline())
        (folder / "kernel.txt").write_text(stage("SplineKernelTransform"))
        self._files = {path.stem: path for path in folder.glob("*.txt")}
        fixed = phantoms.add_anatomy(scene, SIZE, SPACING_MM, name="fixed")
        moving = phantoms.add_anatomy(scene, SIZE, SPACING_MM, moved_by=MOVED_BY, name="moving")
        inside = np.zeros(SIZE[::-1], dtype=np.uint8)
        inside[2:-2, 2:-2, 2:-2] = 1
        grid = phantoms.grid_matrix(SIZE, SPACING_MM)
        mask = phantoms.add_volume(scene, inside, grid, "mask", "vtkMRMLLabelMapVolumeNode")
        points = phantoms.random_points_inside(fixed, 8) * 0.5
        self.plain = RegistrationRequest(
            fixed, moving, parameter_files=(self._files["rigid"],), threads=1, seed=1, overrides=QUICKER
        )
        self.guided = replace(
            self.plain,
            fixed_landmarks=phantoms.add_points(scene, points),
            moving_landmarks=phantoms.add_points(scene, points + MOVED_BY[:3, 3]),
            fixed_mask=mask,
            moving_mask=mask,
            check_labels=("2", "5"),
        )
        self.reused = replace(
            self.guided,
            parameter_files=(self._files["rigid"], self._files["spline"]),
            output_transform=scene.AddNewNodeByClass("vtkMRMLTransformNode", "reused"),
            output_volume=scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "reused"),
        )

    def turn(self, number: int) -> str:
        """Do the registration that has its turn; what it made is removed, as somebody would who wants a tidy scene.

        :param number: of the run, counted from 1.
        :returns: what kind it was.
        """
        turns = (name for name, (every, at) in SPECIAL_TURNS.items() if number % every == at)
        kind = next(turns, ORDINARY[number % len(ORDINARY)])
        getattr(self, kind)()
        return kind

    def with_new_nodes(self) -> None:
        """A rigid run with masks and landmarks; its transform and its volume are new."""
        result = register(replace(self.guided, output_volume=True))
        self._remove(result.volume)
        self._remove(result.transform)

    def with_the_same_nodes(self) -> None:
        """A rigid and a B-spline stage with masks and landmarks; the nodes of last time take the result."""
        result = register(self.reused)
        assert result.transform is self.reused.output_transform
        assert result.volume is self.reused.output_volume

    def in_steps(self) -> None:
        """An affine run, as the panel does it."""
        job = RegistrationJob(replace(self.plain, parameter_files=(self._files["affine"],)))
        steps = job.in_steps()
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return self._remove(end.value.transform)

    def landmarks_alone(self) -> None:
        """A fit without elastix."""
        result = register(replace(self.guided, parameter_files=(), overrides=(), preset="landmarks-thin-plate"))
        self._remove(result.transform)

    def checked(self) -> None:
        """A look at what would come, and no run."""
        assert preflight(self.reused).checked is not None

    def sampled(self) -> None:
        """A transform that MRML has no kind for: transformix samples it."""
        file = (self._files["kernel"],)
        request = replace(self.guided, parameter_files=file, landmark_weight=0.0, fixed_mask=None, moving_mask=None)
        self._remove(register(request).transform)

    def evaluated(self) -> None:
        """A run, and everything that can be measured of its result."""
        request = replace(self.guided, output_volume=True)
        result = register(request)
        evaluation = evaluate(replace(evaluation_of_registration(request, result.transform), with_jacobian_map=True))
        assert evaluation.as_dict()["status"] == "done"
        self._remove(result.volume)
        self._remove(result.transform)

    def cancelled(self) -> None:
        """A run that would not end, stopped when elastix is at work; once between steps, once as a context."""
        job = RegistrationJob(replace(self.guided, overrides=(ENDLESS,)))
        steps = job.in_steps()
        while next(steps) is None:
            time.sleep(POLL_SECONDS)
        job.cancel()
        with RegistrationJob(replace(self.guided, overrides=(ENDLESS,))) as job:
            job.start()
            while not job.poll():
                time.sleep(POLL_SECONDS)

    def failed(self) -> None:
        """A run that fails in elastix. Its run folder is kept, and removed after a look."""
        with pytest.raises(ElastixFailedError) as caught:
            register(replace(self.plain, overrides=FLYING_AWAY, despite_findings=True))
        log = caught.value.log_path
        assert log is not None
        assert log.with_name("record.json").is_file()
        shutil.rmtree(log.parent)

    def _remove(self, node: Any) -> None:
        if isinstance(node, slicer.vtkMRMLDisplayableNode) and node.GetDisplayNode() is not None:
            self.scene.RemoveNode(node.GetDisplayNode())
        self.scene.RemoveNode(node)
