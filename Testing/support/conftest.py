"""Runs of a patient whose name is everywhere: in nodes, files, folders, landmarks, segments and comments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import slicer
from vtk.util.numpy_support import vtk_to_numpy

from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.errors import ElastixFailedError
from ElastixPlusLib.record.record_file import read_record
from ElastixPlusLib.record.run_record import (
    Choices,
    Ending,
    EngineIdentity,
    Geometry,
    InputIdentity,
    LandmarkUse,
    ParameterText,
    RecordedFinding,
    RunRecord,
    Software,
    StartUsed,
)
from ElastixPlusLib.support.surroundings import Surroundings
from phantoms import add_anatomy, add_points, shift
from quick_stages import stage

PATIENT = "Müller^Hans 1953-04-02"
FORBIDDEN = ("Müller", "Hans", "Mueller", "Muller", "Faust", "hmephisto", "auerbachs", "Grete", "Walpurgis", "1953-04")
AROUND = Surroundings(
    ("hmephisto", "Heinrich Faustus"), ("auerbachs-keller",), ("/home/hmephisto",), ("/var/walpurgis",)
)


@dataclass(frozen=True)
class KeptRun:
    """A run whose folder is there.

    :param voxels: of the fixed volume, as they lie in memory.
    """

    folder: Path
    record: RunRecord
    voxels: bytes


@pytest.fixture
def kept_run(tmp_path: Path, scene: slicer.vtkMRMLScene) -> Callable[..., KeptRun]:
    """Register two small volumes of the patient with a transform of elastix, or with one that it does not have."""

    def run(transform: str = "EulerTransform", engine: str = "auto") -> KeptRun:
        folder = tmp_path / f"{PATIENT} study" / "Walpurgis"
        folder.mkdir(parents=True)
        file = folder / "Hans Müller stage.txt"
        text = f"// made for Müller^Hans by Faustus\n{stage(transform)}(RandomSeed 7) // Grete\n"
        file.write_text(text, encoding="utf-8")
        fixed = add_anatomy(scene, (14, 13, 12), (6, 6, 6), name=PATIENT)
        moving = add_anatomy(scene, (14, 13, 12), (6, 6, 6), moved_by=shift(2, 1, 0), name=f"{PATIENT} MR")
        points = np.random.default_rng(0).uniform(-15, 15, (5, 3))
        moved = points + np.array([2.0, 1.0, 0.0])
        moved[0] += 25  # so that a finding names it
        labels = ["Hans' nose", "Grete", "3", "C", "5"]
        request = RegistrationRequest(
            fixed,
            moving,
            parameter_files=(file,),
            fixed_landmarks=add_points(scene, points, labels, "points of Hans"),
            moving_landmarks=add_points(scene, moved, labels, "points of Müller"),
            check_labels=("Grete",),
            workspace=folder,
            keep_workspace=True,
            engine=engine,
            despite_findings=True,
        )
        try:
            place = register(request).workspace
        except ElastixFailedError as error:
            place = error.log_path.parent
        voxels = vtk_to_numpy(fixed.GetImageData().GetPointData().GetScalars()).tobytes()
        return KeptRun(place, read_record(place), voxels)

    return run


@pytest.fixture
def made_record() -> RunRecord:
    """A record with a name in every text that a record may hold."""
    geometry = Geometry((10, 11, 12), ((1.0, 0, 0, -5), (0, 2.0, 0, -6), (0, 0, 3.0, -7), (0, 0, 0, 1.0)), "int16")
    study = "/home/hmephisto/Walpurgis study/Müller^Hans"
    return RunRecord(
        made_at="2026-11-28T13:05:00Z",
        software=Software("0.1.0", "3D Slicer 5.10.0 of Faustus", "3.12.10", "Linux 6.1 x86_64", 8),
        engine=EngineIdentity("elastix", "5.0.1", "5.0.1", "/home/hmephisto/my tools/elastix", "ab" * 32),
        choices=Choices(
            preset="hans-mueller",
            overrides=("hans.MaximumNumberOfIterations=7",),
            check_labels=("Grete",),
            fixed_mask_segments=("tumour of Hans", "liver"),
            moving_exclude_segments=("liver",),
            threads=3,
        ),
        inputs=(
            InputIdentity(
                "fixed",
                "vtkMRMLScalarVolumeNode",
                PATIENT,
                "vtkMRMLScalarVolumeNode1",
                f"{study}.nii.gz",
                geometry,
                "c" * 64,
            ),
            InputIdentity(
                "moving",
                "vtkMRMLScalarVolumeNode",
                "HansMueller",
                "vtkMRMLHansNode of Grete",
                "C:\\Users\\hmephisto\\HANS_MR.nrrd",
                geometry,
                "d" * 64,
            ),
            InputIdentity("fixed_mask", "vtkMRMLSegmentationNode", "Walpurgis", "", "", None, ""),
        ),
        command=("/home/hmephisto/my tools/elastix", "-f", "fixed.mha", "-out", "result"),
        parameter_files=(ParameterText("Müller.txt", '// Hans\n(Transform "EulerTransform") // of Grete\n'),),
        landmarks=(
            LandmarkUse("Hans", "drive", (1.0, 2.0, 3.0), (2.0, 3.0, 4.0), 1.7, 0.2),
            LandmarkUse("Grete", "check", (4.0, 5.0, 6.0), (5.0, 6.0, 7.0), 1.7),
            LandmarkUse("3", "drive", (4.5, 5.0, 6.0), (5.0, 6.0, 7.0), 1.7),
        ),
        start=StartUsed("landmarks", ((1.0, 0, 0, 3), (0, 1.0, 0, 0), (0, 0, 1.0, 0), (0, 0, 0, 1.0)), "e" * 64),
        findings=(RecordedFinding("apart", "warning", f"{PATIENT} lies apart.", "See /home/hmephisto/Hans.txt."),),
        warnings=("The landmark Grete lies outside of HansMueller since 28.11.2026 13:05.",),
        ending=Ending("failed", 4, f"No file {study}.nii.gz on auerbachs-keller.", "Ask hmephisto@example.org.", 1),
    )
