"""The same inputs, engine, seed and number of threads give the same bytes, in this process and in another one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from _pytest.mark import ParameterSet

from conftest import REPOSITORY
from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.mrml.files import read_transform, read_volume, write_transform, write_volume
from ElastixPlusLib.mrml.frames import transformed_points
from ElastixPlusLib.mrml.transform_numbers import transform_numbers
from ElastixPlusLib.mrml.volumes import own_grid, voxel_array
from ElastixPlusLib.record.digests import digest_of_arrays
from phantoms import add_volume, random_points_inside, rotation_about, vtk_matrix
from repeated_runs import checksums, guided_request, run_checksums

ENGINE_MARKERS = {"auto": pytest.mark.native_engine, "itk": pytest.mark.itk_engine}
FEW = {"auto": ("linear|auto|1", "bent|auto|2"), "itk": ("bent|itk|2",)}
ALL = {
    engine: tuple(f"{kind}|{engine}|{threads}" for kind in ("linear", "bent") for threads in (1, 2, 3))
    for engine in ENGINE_MARKERS
}
# What could not matter, and does not.
ELSEWHERE = {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Asia/Tokyo", "OMP_NUM_THREADS": "3"}
ELSEWHERE |= {"ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1", "NSLOTS": "1"}  # fewer than are asked for
IN_THE_FOLDER = {
    *("fixed.mha", "moving.mha", "fixed_mask.mha", "moving_mask.mha", "fixed_landmarks.txt", "moving_landmarks.txt"),
    *("parameters.0.txt", "parameters.1.txt"),
}
LEFT_BY_ELASTIX = {"result/TransformParameters.0.txt", "result/TransformParameters.1.txt"}
IN_THE_SCENE = {"transform node", "output voxels", "record"}
SAVED = {"saved/transform.tfm", "saved/volume.nrrd"}


@pytest.fixture
def request_of_pair(scene, tmp_path: Path) -> RegistrationRequest:
    """A pair with masks and landmarks for a rigid and a B-spline stage."""
    return replace(guided_request(scene, "bent", tmp_path), engine="auto")


def in_another_process(folder: Path, *runs: str) -> dict[str, dict[str, str]]:
    """The checksums of runs, each named by its kind, engine and threads, in another process with other surroundings."""
    answer = subprocess.run(
        [sys.executable, "-m", "repeated_runs", str(folder / "a folder of another name"), *runs],
        cwd=folder,
        env={
            **os.environ,
            **ELSEWHERE,
            "PYTHONPATH": os.pathsep.join(str(REPOSITORY / name) for name in ("ElastixPlus", "Testing")),
        },
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    found: dict[str, dict[str, str]] = json.loads(answer.stdout)
    return found


def runs_of(names: dict[str, tuple[str, ...]]) -> list[ParameterSet]:
    return [pytest.param(runs, marks=ENGINE_MARKERS[engine], id=engine) for engine, runs in names.items()]


def require_the_same_bytes(names: tuple[str, ...], folder: Path) -> None:
    """Two runs in this process and one in another process."""
    elsewhere = in_another_process(folder, *names)
    for name in names:
        kind, engine, threads = name.split("|")
        one, two = (run_checksums(folder / place, kind, engine, int(threads)) for place in ("one", "another"))
        assert one == two == elsewhere[name], name
        assert one.keys() >= IN_THE_SCENE | SAVED
        if kind == "bent":  # a linear node turns its matrix round and back, which rounds it
            assert one["record"] == one["transform node"]
            assert one.keys() == IN_THE_FOLDER | LEFT_BY_ELASTIX | IN_THE_SCENE | SAVED


@pytest.mark.parametrize("runs", runs_of(FEW))
def test_a_run_again_and_a_run_in_another_process_give_the_same_bytes(runs: tuple[str, ...], tmp_path: Path):
    require_the_same_bytes(runs, tmp_path)


@pytest.mark.matrix
@pytest.mark.parametrize("runs", runs_of(ALL))
def test_with_one_two_and_three_threads_a_run_again_gives_the_same_bytes(runs: tuple[str, ...], tmp_path: Path):
    require_the_same_bytes(runs, tmp_path)


@pytest.mark.native_engine
def test_a_number_of_threads_that_is_left_to_elastix_is_the_same_each_time(request_of_pair):
    first, second = (checksums(register(replace(request_of_pair, threads=None))) for _ in range(2))
    assert first == second


@pytest.mark.native_engine
def test_threads_that_the_environment_asks_for_are_those_of_the_run_and_of_its_record(request_of_pair, monkeypatch):
    given = register(replace(request_of_pair, threads=1))
    monkeypatch.setenv("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "1")
    left_open = register(replace(request_of_pair, threads=None))
    assert left_open.record.choices.threads == 1
    assert left_open.record.result == given.record.result


@pytest.mark.native_engine
def test_another_number_of_threads_rounds_differently_and_another_seed_looks_elsewhere(request_of_pair):
    """In so short a run; where many iterations follow, what is rounded differently may lead far apart."""
    one, two, seed = (register(replace(request_of_pair, **change)) for change in ({}, {"threads": 2}, {"seed": 8}))
    places = random_points_inside(request_of_pair.fixed, 200)
    first = transformed_points(one.transform.GetTransformFromParent(), places)
    by_threads, by_seed = (
        np.abs(transformed_points(other.transform.GetTransformFromParent(), places) - first).max()
        for other in (two, seed)
    )
    assert one.record.result.sha256 != two.record.result.sha256
    assert by_threads < 1e-9
    assert by_seed > 1e-3
    given = [{name: text for name, text in checksums(run).items() if name in IN_THE_FOLDER} for run in (one, two)]
    assert given[0] == given[1]


@pytest.mark.native_engine
def test_volumes_that_were_saved_and_loaded_give_the_same_bytes(scene, tmp_path: Path):
    request = guided_request(scene, "linear", tmp_path)
    oblique = rotation_about((1, 2, 3), 20.0) @ np.diag([1 / 3, 1 / 3, 1 / 3, 1.0])  # numbers that do not end
    loaded = {}
    for role in ("fixed", "moving"):
        node = getattr(request, role)
        node.SetIJKToRASMatrix(vtk_matrix(oblique @ own_grid(node).ijk_to_world))
        write_volume(node, tmp_path / f"{role}.nrrd")
        loaded[role] = read_volume(scene, tmp_path / f"{role}.nrrd", role)
        assert (own_grid(loaded[role]).ijk_to_world != own_grid(node).ijk_to_world).any(), "nothing to see here"
    assert checksums(register(replace(request, **loaded))) == checksums(register(request))


@pytest.mark.native_engine
def test_the_type_of_the_voxels_does_not_matter(request_of_pair, scene):
    copies = {
        role: add_volume(scene, voxel_array(node.GetImageData()).astype(np.float32), own_grid(node).ijk_to_world, role)
        for role, node in (("fixed", request_of_pair.fixed), ("moving", request_of_pair.moving))
    }
    first, other = (register(request) for request in (request_of_pair, replace(request_of_pair, **copies)))
    assert first.record.result == other.record.result
    assert first.record.input("fixed").sha256 != other.record.input("fixed").sha256


@pytest.mark.native_engine
def test_a_transform_that_comes_back_from_a_file_has_the_same_numbers(request_of_pair, scene, tmp_path: Path):
    """HDF5 writes the time into each part of its files, so that two .h5 files of one transform differ in some bytes."""
    result = register(request_of_pair)
    for ending in (".h5", ".tfm"):
        path = tmp_path / f"saved{ending}"
        write_transform(result.transform, path)
        numbers = transform_numbers(read_transform(scene, path).GetTransformFromParent())
        assert digest_of_arrays(*numbers) == result.record.result.sha256, ending
