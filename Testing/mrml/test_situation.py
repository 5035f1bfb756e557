"""What is known of a request before a preset is chosen: never a refusal, and a guess is called a guess."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import slicer

import phantoms
from ElastixPlusLib import RegistrationRequest
from ElastixPlusLib.guidance.volume_kind import anatomy_in_name, modality_in_name
from ElastixPlusLib.presets.suggestion import Situation
from ElastixPlusLib.situation import situation_of

GRID = phantoms.grid_matrix((24, 24, 24), (2.0, 2.0, 2.0))


@pytest.fixture
def scene() -> slicer.vtkMRMLScene:
    """An empty scene."""
    return slicer.vtkMRMLScene()


@pytest.fixture
def volume(scene: slicer.vtkMRMLScene) -> Callable[..., Any]:
    """Makes a volume with a bright ball in the middle; the second value is that of what lies around it."""

    def make(name: str = "volume", inside: float = 200.0, outside: float = 0.0, moved_mm: float = 0.0) -> Any:
        positions = phantoms.grid_positions((24, 24, 24), GRID)
        voxels = np.where((positions**2).sum(axis=1) < 16.0**2, inside, outside).reshape(24, 24, 24)
        matrix = phantoms.shift(moved_mm, 0, 0) @ GRID
        return phantoms.add_volume(scene, voxels.astype(np.float32), matrix, name)

    return make


@pytest.fixture
def hierarchy(scene: slicer.vtkMRMLScene) -> Any:
    """The subject hierarchy of the scene, as the application has one."""
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)


def put_in_study(hierarchy: Any, node: Any, patient_id: str, modality: str = "", study: str = "Study") -> None:
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Doe")
    hierarchy.SetItemAttribute(patient, "DICOM.PatientID", patient_id)
    item = hierarchy.CreateItem(hierarchy.CreateStudyItem(patient, study), node)
    if modality:
        hierarchy.SetItemAttribute(item, "DICOM.Modality", modality)


# modality


@pytest.mark.parametrize(("code", "modality"), [("CT", "CT"), ("PT", "PET"), ("NM", "SPECT"), (" mr ", "MR")])
def test_the_modality_that_dicom_says_is_no_guess(volume: Any, hierarchy: Any, code: str, modality: str):
    fixed, moving = volume("T1 brain"), volume()
    put_in_study(hierarchy, fixed, "7", code)
    situation = situation_of(RegistrationRequest(fixed, moving))
    assert (situation.fixed_modality, situation.moving_modality) == (modality, None)
    assert "fixed_modality" not in situation.guessed


def test_a_name_says_that_a_ct_is_a_cone_beam_ct_but_never_that_it_is_an_mr(volume: Any, hierarchy: Any):
    fixed, moving = volume("CBCT day 3"), volume("MR-like CT")
    for node in (fixed, moving):
        put_in_study(hierarchy, node, "7", "CT")
    situation = situation_of(RegistrationRequest(fixed, moving))
    assert (situation.fixed_modality, situation.moving_modality) == ("CBCT", "CT")
    assert situation.guessed == {"fixed_modality"}


@pytest.mark.parametrize(
    ("meaning", "modality"), [("Attenuation Coefficient", "CT"), ("MR signal intensity", "MR"), ("Distance", None)]
)
def test_the_quantity_of_the_voxels_tells_the_modality(volume: Any, meaning: str, modality: str | None):
    fixed = volume()
    quantity = slicer.vtkCodedEntry()
    quantity.SetValueSchemeMeaning("1", "DCM", meaning)
    fixed.SetVoxelValueQuantity(quantity)
    situation = situation_of(RegistrationRequest(fixed, volume()))
    assert situation.fixed_modality == modality
    assert not situation.guessed


@pytest.mark.parametrize(
    ("name", "modality"),
    [
        ("MRHead", "MR"),
        ("CTChest", "CT"),
        ("MRBrainTumor1", "MR"),
        ("5: AX T1w Gd", "MR"),
        ("sub-01_T1w", "MR"),
        ("cone-beam pelvis", "CBCT"),
        ("PET-CT", None),
        ("distance", None),
        ("structure", None),
        ("", None),
    ],
)
def test_a_name_gives_a_hint_of_the_modality(name: str, modality: str | None):
    assert modality_in_name(name) == modality


@pytest.mark.parametrize(
    ("name", "anatomy"),
    [
        ("CTChest", "chest"),
        ("lung_inhale.nrrd", "lung"),
        ("Prostate_CBCT", "prostate"),
        ("MRBrainTumor1", "brain"),
        ("head and neck", "head and neck"),
        ("mouse brain", "mouse"),
        ("brain, liver", None),
        ("MRHead brain", "brain"),
        ("operation", None),
        ("fixed", None),
    ],
)
def test_a_name_gives_a_hint_of_the_anatomy(name: str, anatomy: str | None):
    assert anatomy_in_name(name) == anatomy


def test_hounsfield_units_are_recognised_and_called_a_guess(volume: Any):
    ct, other = volume("one", 40.0, -1000.0), volume("two")
    situation = situation_of(RegistrationRequest(ct, other))
    assert (situation.fixed_modality, situation.moving_modality) == ("CT", None)
    assert situation.guessed == {"fixed_modality"}


@pytest.mark.parametrize(("inside", "outside"), [(3000.0, -1000.0), (40.0, -400.0), (40.0, -9000.0), (-1000.0, -960.0)])
def test_other_grey_values_are_not_taken_for_hounsfield_units(volume: Any, inside: float, outside: float):
    assert situation_of(RegistrationRequest(volume("one", inside, outside), volume())).fixed_modality is None


# anatomy and person


def test_the_anatomy_is_a_guess_from_the_names_of_volumes_and_studies(volume: Any, hierarchy: Any):
    fixed, moving = volume("lung inhale"), volume("7: follow-up")
    assert situation_of(RegistrationRequest(fixed, moving)).anatomy == "lung"
    put_in_study(hierarchy, moving, "7", study="Lung screening")
    situation = situation_of(RegistrationRequest(fixed, moving))
    assert situation.anatomy == "lung"
    assert "anatomy" in situation.guessed


def test_names_that_contradict_each_other_say_nothing(volume: Any):
    assert situation_of(RegistrationRequest(volume("brain"), volume("lung"))).anatomy is None


def test_the_patients_of_dicom_tell_whether_it_is_one_person(volume: Any, hierarchy: Any):
    fixed, moving, other = volume(), volume(), volume()
    put_in_study(hierarchy, fixed, "7")
    assert situation_of(RegistrationRequest(fixed, moving)).same_subject is None
    put_in_study(hierarchy, moving, "7")
    put_in_study(hierarchy, other, "8")
    assert situation_of(RegistrationRequest(fixed, moving)).same_subject is True
    assert situation_of(RegistrationRequest(fixed, other)).same_subject is False


# guidance


def test_masks_and_driving_landmarks_are_counted(scene: Any, volume: Any):
    places = np.array([[5.0, 0, 0], [0, 5, 0], [0, 0, 5], [3, 3, 3]])
    fixed, moving = phantoms.add_points(scene, places), phantoms.add_points(scene, places[:3])
    request = RegistrationRequest(
        volume(), volume(), fixed_landmarks=fixed, moving_landmarks=moving, check_labels=("2",), moving_mask="body"
    )
    situation = situation_of(request)
    assert situation.landmark_pairs == 2
    assert (situation.has_fixed_mask, situation.has_moving_mask) == (False, True)
    assert situation_of(RegistrationRequest(volume(), volume(), fixed_exclude=volume())).has_fixed_mask


def test_landmarks_that_cannot_be_paired_count_as_none(scene: Any, volume: Any):
    points = phantoms.add_points(scene, np.eye(3), ["a", "a", "b"])
    other = phantoms.add_points(scene, np.eye(3), ["a", "b", "c"])
    for moving in (None, points, other, volume()):
        request = RegistrationRequest(volume(), volume(), fixed_landmarks=points, moving_landmarks=moving)
        assert situation_of(request).landmark_pairs == 0


# how the volumes lie


def test_volumes_on_each_other_overlap_and_shifted_ones_do_less(volume: Any):
    fixed = volume()
    assert situation_of(RegistrationRequest(fixed, volume())).overlap == 1.0
    shifted = situation_of(RegistrationRequest(fixed, volume(moved_mm=24.0)))
    assert shifted.overlap == pytest.approx(8**2 * (3 * 16 - 8) / (4 * 16**3), abs=0.02)  # a cap of the ball
    assert shifted.apart_mm == pytest.approx(24.0, abs=1.0)
    away = situation_of(RegistrationRequest(fixed, volume(moved_mm=300.0)))
    assert away.overlap == 0.0
    assert away.apart_mm == pytest.approx(300.0, abs=1.0)
    assert away.starts_badly
    assert not situation_of(RegistrationRequest(fixed, volume(moved_mm=10.0))).starts_badly


def test_parent_transforms_count_but_not_the_one_that_takes_the_result(scene: Any, volume: Any):
    fixed, moving = volume(), volume()
    parent = phantoms.add_linear_transform(scene, phantoms.shift(300.0, 0, 0))
    moving.SetAndObserveTransformNodeID(parent.GetID())
    assert situation_of(RegistrationRequest(fixed, moving)).overlap == 0.0
    assert situation_of(RegistrationRequest(fixed, moving, output_transform=parent)).overlap == 1.0


def test_the_overlap_is_not_known_where_another_start_is_chosen(volume: Any):
    situation = situation_of(RegistrationRequest(volume(), volume(moved_mm=300.0), initial="gravity"))
    assert (situation.overlap, situation.apart_mm) == (None, None)
    assert not situation.starts_badly


# odd inputs


def odd_volumes(scene: Any, volume: Any) -> dict[str, Any]:
    broken = volume()
    broken.SetIJKToRASMatrix(phantoms.vtk_matrix(np.diag([0.0, 1, 1, 1])))
    nan = phantoms.add_volume(scene, np.full((8, 8, 8), np.nan, np.float32), GRID)
    bent = volume()
    transform = slicer.vtkMRMLBSplineTransformNode()
    scene.AddNode(transform)
    bent.SetAndObserveTransformNodeID(transform.GetID())
    return {
        "none": None,
        "text": "volume",
        "empty": scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode"),
        "in no scene": slicer.vtkMRMLScalarVolumeNode(),
        "slice": phantoms.add_volume(scene, np.arange(64.0).reshape(1, 8, 8), GRID),
        "flat": phantoms.add_volume(scene, np.zeros((8, 8, 8)), GRID),
        "not a number": nan,
        "no extent": broken,
        "points": phantoms.add_points(scene, np.eye(3)),
        "bent": bent,
    }


def test_nothing_odd_is_refused(scene: Any, volume: Any):
    sound = volume("CT lung")
    for name, odd in odd_volumes(scene, volume).items():
        for request in (RegistrationRequest(odd, sound), RegistrationRequest(sound, odd)):
            situation = situation_of(request)
            assert isinstance(situation, Situation), name
            assert situation.dimension == (2 if name == "slice" else 3), name
            assert situation.overlap is None or name == "flat", name


def test_looking_adds_nothing_to_the_scene_and_changes_no_node(scene: Any, volume: Any):
    fixed, moving = volume("CT"), volume("MR")
    before = scene.GetNumberOfNodes(), fixed.GetMTime(), moving.GetMTime()
    situation_of(RegistrationRequest(fixed, moving))
    assert (scene.GetNumberOfNodes(), fixed.GetMTime(), moving.GetMTime()) == before
