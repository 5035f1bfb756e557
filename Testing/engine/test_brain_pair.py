"""Two real brains with landmarks of experts: landmarks pull, help where they were not placed, and save a lost start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import slicer

from ElastixPlusLib import RegistrationRequest, RegistrationResult, register
from ElastixPlusLib.mrml.files import read_landmarks, read_volume
from phantoms import add_linear_transform, rotation_about, shift

pytestmark = [pytest.mark.native_engine, pytest.mark.shared_data, pytest.mark.slow]

ANATOMY_THAT_DIFFERS = ("29", "30")  # the ventral occipital horns of the two brains are 27 and 19 mm apart
LABELS = sorted((str(number) for number in range(1, 33) if str(number) not in ANATOMY_THAT_DIFFERS), key=int)
CHECK_LABELS = tuple(LABELS[1::2])
TURNED_AWAY = shift(60, 0, 0) @ rotation_about((0, 0, 1), 40.0)


@dataclass(frozen=True)
class Outcome:
    """Mean distances in mm."""

    drive_mm: float
    check_mm: float


@pytest.fixture(scope="module")
def brains(shared_data: Path) -> dict[str, slicer.vtkMRMLNode]:
    """Volumes and landmarks, and the scene that keeps them alive."""
    scene = slicer.vtkMRMLScene()
    folder = shared_data / "brain"
    nodes = {
        "scene": scene,
        "fixed": read_volume(scene, folder / "mni152_t1_1mm.nii.gz", "fixed"),
        "moving": read_volume(scene, folder / "colin27_t1_1mm.nii.gz", "moving"),
        "fixed_landmarks": read_landmarks(scene, folder / "mni152_afids.fcsv", "fixed"),
        "moving_landmarks": read_landmarks(scene, folder / "colin27_afids.fcsv", "moving"),
    }
    for name in ("fixed_landmarks", "moving_landmarks"):
        node = nodes[name]
        for index in reversed(range(node.GetNumberOfControlPoints())):
            if node.GetNthControlPointLabel(index) in ANATOMY_THAT_DIFFERS:
                node.RemoveNthControlPoint(index)
    return nodes


def run(brains, **options) -> RegistrationResult:
    inputs = {name: node for name, node in brains.items() if name != "scene"}
    return register(RegistrationRequest(**inputs, check_labels=CHECK_LABELS, **options))


def outcome(result: RegistrationResult) -> Outcome:
    summaries = [result.landmarks.summary(role) for role in ("drive", "check")]
    assert [summary.n for summary in summaries] == [15, 15]
    return Outcome(*(summary.after_mm for summary in summaries))


@pytest.fixture(scope="module")
def without_landmarks(brains) -> Outcome:
    """What intensity alone reaches; the landmarks have weight 0 and only measure."""
    return outcome(run(brains, landmark_weight=0))


@pytest.fixture(scope="module")
def with_firm_landmarks(brains) -> Outcome:
    """What intensity and firm landmarks reach together."""
    return outcome(run(brains, landmark_weight="firm"))


@pytest.fixture
def turned_away(brains):
    """The moving volume and its landmarks turned by 40 degrees and shifted by 60 mm, for one test."""
    parent = add_linear_transform(brains["scene"], TURNED_AWAY)
    moved = [brains["moving"], brains["moving_landmarks"]]
    for node in moved:
        node.SetAndObserveTransformNodeID(parent.GetID())
    yield brains
    for node in moved:
        node.SetAndObserveTransformNodeID(None)
    brains["scene"].RemoveNode(parent)


def test_the_reference_figures_as_loaded_are_reproduced(brains):
    points = [
        np.array([brains[name].GetNthControlPointPositionWorld(index) for index in range(30)])
        for name in ("fixed_landmarks", "moving_landmarks")
    ]
    distances = np.linalg.norm(points[0] - points[1], axis=1)
    assert distances[0::2].mean() == pytest.approx(3.37, abs=0.01)
    assert distances[1::2].mean() == pytest.approx(3.05, abs=0.01)


def test_firm_landmarks_are_met(with_firm_landmarks, record_property):
    record_property("drive_mm", with_firm_landmarks.drive_mm)
    assert with_firm_landmarks.drive_mm < 0.2


def test_landmarks_do_no_harm_where_they_were_not_placed(with_firm_landmarks, without_landmarks, record_property):
    record_property("check_mm", (without_landmarks.check_mm, with_firm_landmarks.check_mm))
    assert with_firm_landmarks.check_mm <= without_landmarks.check_mm
    assert without_landmarks.drive_mm > 2.0, "without landmarks the driving pairs stay apart, or nothing is shown"


def test_intensity_alone_does_not_find_a_volume_that_is_turned_away(turned_away):
    assert outcome(run(turned_away, landmark_weight=0)).check_mm > 15.0


def test_a_start_from_landmarks_finds_it_as_if_it_had_not_been_turned(
    turned_away, with_firm_landmarks, record_property
):
    saved = outcome(run(turned_away, landmark_weight="firm", initial="landmarks"))
    record_property("check_mm", saved.check_mm)
    assert saved.drive_mm < 0.2
    assert abs(saved.check_mm - with_firm_landmarks.check_mm) < 0.2
