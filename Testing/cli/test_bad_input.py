"""What cannot be used ends with its exit code, one sentence what, one sentence remedy, and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cli.conftest import MOVED_BY, Answer, UserFiles, tiny_volume, write_points
from phantoms import add_volume, grid_matrix

pytestmark = pytest.mark.native_engine

BAD: dict[str, tuple[Callable, int, str]] = {}


def bad(phrase: str, code: int = 2):
    """Register a case: a function that returns the arguments, the exit code and what the message must say."""

    def register_case(arguments):
        BAD[arguments.__name__.replace("_", " ")] = (arguments, code, phrase)
        return arguments

    return register_case


def changed(user: UserFiles, **options: object) -> list[str]:
    """The arguments of a good run with some of them replaced."""
    arguments = [*user.volumes(), *user.outputs()]
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if flag in arguments:
            del arguments[arguments.index(flag) : arguments.index(flag) + 2]
        arguments += [flag, str(value)]
    return arguments


@bad("does not exist")
def missing_fixed_volume(user, scene):
    return changed(user, fixed=user.folder / "none.nrrd")


@bad("cannot be read")
def truncated_volume(user, scene):
    user.moving.write_bytes(user.moving.read_bytes()[:3000])
    return changed(user)


@bad("not a NRRD file")
def text_file_named_nrrd(user, scene):
    user.fixed.write_text("these are my notes\n" * 50)
    return changed(user)


@bad("is no NIfTI file")
def text_file_named_nifti(user, scene):
    path = user.folder / "notes.nii.gz"
    path.write_text("these are my notes\n" * 50)
    return changed(user, fixed=path)


@bad("is empty")
def empty_file(user, scene):
    user.fixed.write_bytes(b"")
    return changed(user)


@bad("1 x 1 x 1 voxels")
def one_voxel_volume(user, scene):
    return changed(user, moving=tiny_volume(scene, np.full((1, 1, 1), 7, np.int16), user.folder / "one.nrrd"))


@bad("40 x 40 x 1 voxels")
def single_slice(user, scene):
    voxels = np.arange(1600, dtype=np.int16).reshape(1, 40, 40)
    return changed(user, fixed=tiny_volume(scene, voxels, user.folder / "slice.nrrd"))


@bad("same value")
def volume_without_contrast(user, scene):
    return changed(user, fixed=tiny_volume(scene, np.zeros((20, 20, 20), np.uint8), user.folder / "zero.nrrd"))


@bad("not finite")
def nan_voxels(user, scene):
    voxels = np.random.default_rng(0).normal(size=(20, 20, 20)).astype(np.float32)
    voxels[3, 4, 5] = np.nan
    return changed(user, fixed=tiny_volume(scene, voxels, user.folder / "nan.nrrd"))


@bad("not finite")
def infinite_voxels(user, scene):
    voxels = np.random.default_rng(0).normal(size=(20, 20, 20)).astype(np.float64)
    voxels[3, 4, 5] = np.inf
    return changed(user, moving=tiny_volume(scene, voxels, user.folder / "inf.nrrd"))


@bad("same file")
def fixed_is_moving(user, scene):
    return changed(user, moving=user.fixed)


@bad("moving landmarks are missing")
def landmarks_of_one_side(user, scene):
    return changed(user, fixed_landmarks=user.fixed_landmarks)


@bad("Only one landmark pair")
def one_landmark(user, scene):
    for path in (user.fixed_landmarks, user.moving_landmarks):
        write_points(path, np.zeros((1, 3)))
    return changed(user) + user.landmarks()


@bad("at least 3 driving pairs")
def two_landmarks_for_the_start(user, scene):
    for path in (user.fixed_landmarks, user.moving_landmarks):
        write_points(path, np.array([[0.0, 0, 0], [9, 0, 0]]))
    return [*changed(user), *user.landmarks(), "--initial", "landmarks"]


@bad("8 fixed and 7 moving landmarks")
def unequal_lists_of_the_same_labels(user, scene):
    write_points(user.moving_landmarks, user.moving_points[:-1])
    return changed(user) + user.landmarks()


@bad("8 fixed and 7 moving landmarks, and no label is in both")
def unequal_lists_of_other_labels(user, scene):
    write_points(user.moving_landmarks, user.moving_points[:-1], [f"M-{n}" for n in range(7)])
    return changed(user) + user.landmarks()


@bad("occurs 2 times among the moving landmarks")
def duplicated_labels(user, scene):
    write_points(user.moving_landmarks, user.moving_points, [*"1234567", "1"])
    return changed(user) + user.landmarks()


@bad("list of moving landmarks is empty")
def empty_landmark_list(user, scene):
    write_points(user.moving_landmarks, np.zeros((0, 3)))
    return changed(user) + user.landmarks()


@bad("lie on one line")
def collinear_landmarks_for_the_start(user, scene):
    line = np.outer(np.arange(5.0), [3.0, 1.0, 2.0])
    write_points(user.fixed_landmarks, line)
    write_points(user.moving_landmarks, line + np.array([1.0, 2, 3]))
    return [*changed(user), *user.landmarks(), "--initial", "landmarks"]


@bad("outside their volume: 8; 8 is")
def landmark_outside_the_volume(user, scene):
    points = user.fixed_points.copy()
    points[7] = [0, 0, 300]
    write_points(user.fixed_landmarks, points)
    return changed(user) + user.landmarks()


@bad("cannot be read")
def landmarks_that_are_no_json(user, scene):
    user.fixed_landmarks.write_text("{ not json")
    return changed(user) + user.landmarks()


@bad("no landmark pair with the label 'nose'")
def unknown_check_label(user, scene):
    return [*changed(user), *user.landmarks(), "--check-labels", "1,nose"]


@bad("soft")
def unknown_landmark_weight(user, scene):
    return [*changed(user), *user.landmarks(), "--landmark-weight", "hard"]


@bad("mask lies outside")
def mask_of_another_place(user, scene):
    path = user.folder / "mask.nrrd"
    node = add_volume(scene, np.ones((9, 9, 9), np.uint8), grid_matrix((9, 9, 9), (2, 2, 2), center=(500, 0, 0)))
    from ElastixPlusLib.mrml.files import write_volume

    write_volume(node, path)
    return changed(user, fixed_mask=path)


@bad("mask is empty")
def empty_mask(user, scene):
    return changed(user, moving_mask=tiny_volume(scene, np.zeros((20, 20, 20), np.uint8), user.folder / "mask.nrrd"))


@bad("does not exist")
def missing_mask(user, scene):
    return changed(user, fixed_mask=user.folder / "none.nrrd")


@bad("does not exist")
def missing_initial_transform(user, scene):
    return changed(user, initial=user.folder / "none.h5")


@bad("is no transform file")
def initial_transform_that_is_none(user, scene):
    path = user.folder / "start.tfm"
    path.write_text("nothing of use")
    return changed(user, initial=path)


@bad("folder of the output transform does not exist")
def output_folder_that_is_not_there(user, scene):
    return changed(user, output_transform=user.folder / "nowhere" / "T.h5")


@bad("cannot be written")
def output_place_that_cannot_be_written(user, scene):
    return changed(user, output_volume="/proc/V.nrrd")


@bad("is a folder")
def output_that_is_a_folder(user, scene):
    folder = user.out / "T.h5"
    folder.mkdir()
    return changed(user, output_transform=folder)


@bad("ending")
def output_of_an_unknown_kind(user, scene):
    return changed(user, output_transform=user.out / "T.docx")


@bad("one of the inputs")
def output_over_an_input(user, scene):
    return changed(user, output_volume=user.moving)


@bad("does not exist")
def workspace_that_is_not_there(user, scene):
    return changed(user, workspace=user.folder / "nowhere")


@bad("NumberOfResolutions")
def parameter_file_with_a_typo(user, scene):
    user.parameters.write_text(user.parameters.read_text().replace("NumberOfResolutions", "NumberOfResolution"))
    return changed(user)


@bad("AdvancedMattesMutualInformation")
def parameter_file_with_a_misspelt_metric(user, scene):
    user.parameters.write_text(user.parameters.read_text().replace("MutualInformation", "MutualInfomation"))
    return changed(user)


@bad("line 4")
def parameter_file_with_unbalanced_parenthesis(user, scene):
    text = user.parameters.read_text().replace(
        '"AdvancedMattesMutualInformation")', '"AdvancedMattesMutualInformation"'
    )
    user.parameters.write_text(text)
    return changed(user)


@bad("could not be read")
def missing_parameter_file(user, scene):
    return changed(user, parameters=user.folder / "none.txt")


@bad('no preset "generik"')
def unknown_preset(user, scene):
    arguments = changed(user, preset="generik")
    del arguments[arguments.index("--parameters") : arguments.index("--parameters") + 2]
    return arguments


@bad("threads")
def no_threads(user, scene):
    return changed(user, threads=0)


@bad("seed")
def negative_seed(user, scene):
    return changed(user, seed=-3)


@bad("", 3)
def engine_that_is_not_there(user, scene):
    return changed(user, engine=user.folder / "no-elastix")


@bad("", 3)
def engine_that_is_no_program(user, scene):
    path = user.folder / "elastix"
    path.write_text("not a program")
    path.chmod(0o755)
    return changed(user, engine=path)


@bad("AdvancedKappaStatistic", 2)
def component_that_this_engine_lacks(user, scene):
    text = user.parameters.read_text().replace("AdvancedMattesMutualInformation", "AdvancedKappaStatistic")
    user.parameters.write_text(text)
    return changed(user)


@pytest.mark.parametrize("name", BAD)
def test_it_is_refused_with_cause_and_remedy(name, user, scene, elastixplus, temporary_folder):
    arguments, code, phrase = BAD[name]
    before = contents(user.folder)
    words = arguments(user, scene)
    before = before | contents(user.folder)
    answer: Answer = elastixplus("register", *words, "--quiet")
    assert answer.code == code, answer.err
    what, remedy = sentences(answer)
    assert phrase in what + remedy
    assert "Traceback" not in answer.err
    assert contents(user.folder) == before, "something was left beside the user's files"
    left = list(temporary_folder.iterdir())
    assert not left if code in (2, 3) else len(left) == 1, "only the run folder of a failed elastix is kept"


def contents(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def sentences(answer: Answer) -> tuple[str, str]:
    """The two sentences on standard error, and nothing else there."""
    lines = answer.err.splitlines()
    assert len(lines) == 2, answer.err
    assert lines[0].startswith("Error: ")
    for line in lines:
        assert line.endswith((".", "?")), line
        assert not line.removeprefix("Error: ")[:1].islower(), line
    return lines[0], lines[1]


def test_coplanar_landmarks_determine_the_start_and_are_pointed_out(user, elastixplus):
    plane = user.fixed_points * [1, 1, 0]
    write_points(user.fixed_landmarks, plane)
    write_points(user.moving_landmarks, plane @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3])
    answer = elastixplus("register", *user.volumes(), *user.landmarks(), "--initial", "landmarks", "--json", "-")
    assert answer.code == 0, answer.err
    assert "one plane" in answer.err


def test_unusable_landmarks_are_left_out_only_when_asked(user, elastixplus):
    points = user.fixed_points.copy()
    points[7] = [0, 0, 300]
    write_points(user.fixed_landmarks, points)
    write_points(user.moving_landmarks, user.moving_points[1:], [str(n) for n in range(2, 9)])
    answer = elastixplus("register", *user.volumes(), *user.landmarks(), "--skip-unusable-landmarks")
    assert answer.code == 0, answer.err
    assert "no partner: 1." in answer.err
    assert "outside their volume: 8." in answer.err
    assert "6 pairs" in answer.err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a small disk needs root")
@pytest.mark.skipif(shutil.which("mount") is None, reason="there is no mount")
def test_a_full_output_disk_is_found_before_the_run(user, elastixplus, temporary_folder, small_disk):
    answer = elastixplus("register", *changed(user, output_volume=small_disk / "V.nrrd"), "--quiet")
    assert answer.code == 2
    assert "MB free" in sentences(answer)[0]
    assert not list(small_disk.iterdir())
    assert not list(temporary_folder.iterdir())


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 16 kB."""
    import subprocess

    folder = tmp_path / "small disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder], capture_output=True)
    if made.returncode != 0:
        pytest.skip("no tmpfs can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)
