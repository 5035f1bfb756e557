"""Memory, open files, environment and clock are not as they should be."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ElastixPlusLib import export, register
from ElastixPlusLib.errors import ElastixFailedError, ElastixPlusError, InputError
from phantoms import mapped

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs the limits of Linux")


# Memory


@linux_only
@pytest.mark.native_engine
def test_an_elastix_without_memory_is_explained(surroundings, fake_elastix, native_engine_path):
    engine = fake_elastix(f'ulimit -v 40000; exec "{native_engine_path}" "$@"')
    error = surroundings.fails(surroundings.request(engine), ElastixFailedError, "ran out of memory", keeps=True)
    assert "Crop the volumes" in error.remedy


def test_an_elastix_that_the_system_ends_for_its_memory_is_explained(surroundings, fake_elastix):
    engine = fake_elastix("echo 'Resolution: 0'; kill -KILL $$")
    surroundings.fails(surroundings.request(engine), ElastixFailedError, "memory was full", "Crop", keeps=True)


def test_memory_that_runs_out_in_the_host_leaves_nothing(surroundings, fake_elastix, monkeypatch):
    def starve(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(export, "write_voxels", starve)
    surroundings.fails(surroundings.request(fake_elastix()), InputError, "not enough memory for these", keeps=False)


# Open files


@contextmanager
def only_files(count: int) -> Iterator[None]:
    """Let this process open so many files more."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [os.dup(0)]
    highest = max(map(int, os.listdir("/proc/self/fd")))
    while taken[-1] < highest:  # no gaps below
        taken.append(os.dup(0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken[-1] + 1 + count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for number in taken:
            os.close(number)


@linux_only
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 8])
def test_too_many_open_files_end_the_run_in_words_or_do_not_matter(count, surroundings, fake_elastix):
    request = surroundings.request(fake_elastix())
    register(request)  # everything that is loaded late has been loaded
    for node in list(surroundings.scene.GetNodesByClass("vtkMRMLTransformNode")):
        if node.GetName() != "wanted":
            surroundings.scene.RemoveNode(node)
    surroundings.before = surroundings.state()
    with only_files(count):
        try:
            register(request)
            error = None
        except ElastixPlusError as raised:
            error = raised
    if error is None:
        assert count >= 4
        surroundings.changes_scene = True
    else:
        surroundings.require_clear(error)


# Environment


@pytest.fixture(scope="session")
def german_numbers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a computer that writes 1,5."""
    folder = tmp_path_factory.mktemp("locales")
    if not shutil.which("localedef"):
        pytest.skip("no localedef")
    words = ["localedef", "-i", "de_DE", "-f", "ISO-8859-1", str(folder / "de_DE")]
    if subprocess.run(words, capture_output=True, check=False).returncode != 0:
        pytest.skip("this system does not know de_DE")
    environment = {**os.environ, "LOCPATH": str(folder), "LC_ALL": "de_DE", "LANG": "de_DE"}
    said = subprocess.run(["/usr/bin/printf", "%.1f", "1,5"], env=environment, capture_output=True, check=True).stdout
    assert said == b"1,5", "the locale is in force"
    return environment


@linux_only
@pytest.mark.parametrize(
    "engine",
    [pytest.param("elastix", marks=pytest.mark.native_engine), pytest.param("itk", marks=pytest.mark.itk_engine)],
)
def test_a_decimal_comma_changes_nothing(engine, surroundings, german_numbers):
    path = shutil.which("elastix") if engine == "elastix" else engine
    plain, german = (
        register(surroundings.request(path, iterations=20, seed=1, **options))
        for options in ({}, {"host_environment": german_numbers})
    )
    surroundings.changes_scene = True
    places = [[0.0, 0.0, 0.0], [20.0, -10.0, 5.0]]
    assert (mapped(german.transform, places) == mapped(plain.transform, places)).all()
    assert abs(mapped(plain.transform, places)[0][0]) > 0.01, "something was found"


@pytest.mark.native_engine
@pytest.mark.parametrize("name", ["HOME", "PATH", "LANG", "everything"])
def test_a_variable_that_is_missing_does_not_matter(name, surroundings, native_engine_path, monkeypatch):
    for variable in list(os.environ) if name == "everything" else [name]:
        monkeypatch.delenv(variable, raising=False)
    if name == "PATH":
        monkeypatch.setenv("PATH", "")
    assert register(surroundings.request(native_engine_path)).transform is not None
    surroundings.changes_scene = True


@pytest.mark.native_engine
def test_a_folder_for_temporary_files_that_is_named_and_missing_is_passed_over(
    surroundings, native_engine_path, monkeypatch
):
    """The standard library looks for another one."""
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, "/no/such/folder")
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert register(surroundings.request(native_engine_path, workspace=None)).transform is not None
    surroundings.changes_scene = True


@pytest.mark.native_engine
def test_a_very_large_environment_does_not_matter(surroundings, native_engine_path):
    environment = {**os.environ, **{f"SETTING_{number}": "x" * 100_000 for number in range(8)}}
    assert register(surroundings.request(native_engine_path, host_environment=environment)).transform is not None
    surroundings.changes_scene = True


@linux_only
def test_an_environment_that_is_larger_than_the_system_allows_is_explained(surroundings, fake_elastix):
    environment = {**os.environ, "SETTING": "x" * 200_000}
    request = surroundings.request(fake_elastix(), host_environment=environment)
    surroundings.fails(request, ElastixFailedError, "fewer or shorter variables", keeps=False)


# Clock


def test_a_clock_that_jumps_back_changes_nothing(surroundings, fake_elastix, monkeypatch):
    now, generator = time.time(), random.Random(1)
    monkeypatch.setattr(time, "time", lambda: now - generator.uniform(0, 1e8))
    monkeypatch.setattr(time, "time_ns", lambda: int(1e9 * time.time()))
    result = register(surroundings.request(fake_elastix()))
    surroundings.changes_scene = True
    assert 0 <= result.seconds.elastix <= result.seconds.total < 60
