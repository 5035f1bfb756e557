"""The folder for temporary files is full, read-only, gone, far away, or has an unusual name."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ElastixPlusLib import RegistrationJob, export, register, registration
from ElastixPlusLib.errors import ElastixPlusError, OutputPlaceError
from faults.conftest import WRITE_RESULT
from phantoms import mapped

posix_only = pytest.mark.skipif(os.name == "nt", reason="names and links of POSIX")


# Full


def test_a_disk_that_is_too_small_is_found_before_anything_is_written(surroundings, fake_elastix, disk):
    small = disk("200k")
    request = surroundings.request(fake_elastix(), workspace=small)
    surroundings.fails(request, OutputPlaceError, "MB free", "needs", keeps=False)
    assert os.listdir(small) == []


@pytest.mark.parametrize("size", ["4k", "8k"])
def test_a_disk_that_fills_up_while_exporting_ends_the_run(size, surroundings, fake_elastix, disk, monkeypatch):
    """Somebody else needs the room that was there a moment ago."""
    monkeypatch.setattr(registration, "needed_bytes", lambda checked: 0)
    small = disk(size)
    request = surroundings.request(fake_elastix(), workspace=small)
    surroundings.fails(request, ElastixPlusError, keeps=False)
    assert os.listdir(small) == []


def test_a_disk_without_room_for_a_folder_is_explained(surroundings, fake_elastix, disk):
    small = disk("100k", "rw,nr_inodes=2")
    request = surroundings.request(fake_elastix(), workspace=small)
    surroundings.fails(request, OutputPlaceError, "No folder can be made", keeps=False)
    assert os.listdir(small) == []


FILLING = "head -c 30000000 /dev/zero > result/something"


@pytest.mark.parametrize(
    "ending", ["exit 1", f"{WRITE_RESULT}exit 0"], ids=["it says so", "it ends as if all were well"]
)
def test_a_disk_that_elastix_fills_is_explained(ending, surroundings, fake_elastix, disk):
    small = disk("18m")
    with pytest.raises(ElastixPlusError) as caught:
        register(surroundings.request(fake_elastix(f"{FILLING}\n{ending}"), workspace=small))
    surroundings.require_clear(caught.value)
    assert "disk is full" in caught.value.what
    (kept,) = small.iterdir()
    assert str(kept) in str(caught.value.log_path)


def test_a_console_log_without_room_does_not_stop_a_run(surroundings, fake_elastix, disk, monkeypatch):
    monkeypatch.setattr(registration, "needed_bytes", lambda checked: 0)
    small = disk("400k")
    body = f"{WRITE_RESULT}head -c 900000 /dev/zero | tr '\\0' x"
    assert register(surroundings.request(fake_elastix(body), workspace=small)).transform is not None
    surroundings.changes_scene = True
    assert os.listdir(small) == []


# Not writable, somewhere else


def test_a_read_only_folder_for_temporary_files_is_refused(surroundings, fake_elastix, disk):
    request = surroundings.request(fake_elastix(), workspace=disk("1m", "ro"))
    surroundings.fails(request, OutputPlaceError, "Read-only file system", "TMPDIR", keeps=False)


def test_a_file_where_the_folder_should_be_is_refused(surroundings, fake_elastix, tmp_path):
    (tmp_path / "file").touch()
    request = surroundings.request(fake_elastix(), workspace=tmp_path / "file")
    surroundings.fails(request, OutputPlaceError, "does not exist", keeps=False)


@pytest.mark.native_engine
def test_a_run_folder_on_another_drive_works(surroundings, native_engine_path, disk):
    drive = disk("32m")
    result = register(surroundings.request(native_engine_path, workspace=drive))
    surroundings.changes_scene = True
    assert result.volume is not None
    assert os.listdir(drive) == []


# Gone


def lose(parent: Path) -> None:
    shutil.rmtree(parent)


def test_a_folder_that_is_gone_before_the_run_is_explained(surroundings, fake_elastix):
    with RegistrationJob(surroundings.request(fake_elastix())) as job:
        job.check()
        lose(surroundings.runs)
        with pytest.raises(OutputPlaceError) as caught:
            job.start()
    surroundings.require_clear(caught.value, "does not exist", "TMPDIR")


def test_a_run_folder_that_is_gone_before_the_export_is_explained(surroundings, fake_elastix, monkeypatch):
    monkeypatch.setattr(registration, "needed_bytes", lambda checked: lose(surroundings.runs) or 0)
    request = surroundings.request(fake_elastix())
    surroundings.fails(request, OutputPlaceError, "not there any more", keeps=False)


@pytest.mark.parametrize("after", ["write_voxels", "write_point_file", "write"])
def test_a_run_folder_that_is_gone_while_exporting_is_explained(after, surroundings, fake_elastix, monkeypatch):
    owner = export.Workspace if after == "write" else export
    name = "parameter_file" if after == "write" else after
    if after == "write_point_file":
        from phantoms import add_points

        points = [add_points(surroundings.scene, [[x, 5, -5], [5, x, 5], [x, -x, 9]]) for x in (-9.0, -6.0)]
        landmarks = {"fixed_landmarks": points[0], "moving_landmarks": points[1]}
        surroundings.before = surroundings.state()
    else:
        landmarks = {}
    real = getattr(owner, name)

    def lost_before(*words):
        if surroundings.runs.exists():
            lose(surroundings.runs)
        return real(*words)

    monkeypatch.setattr(owner, name, lost_before)
    surroundings.fails(surroundings.request(fake_elastix(), **landmarks), ElastixPlusError, keeps=False)


@pytest.mark.parametrize("status", [0, 1])
def test_a_run_folder_that_is_gone_during_the_run_is_explained(status, surroundings, fake_elastix):
    with pytest.raises(ElastixPlusError) as caught:
        register(surroundings.request(fake_elastix(f'rm -r "$PWD"; exit {status}')))
    surroundings.require_clear(caught.value, "was removed while elastix ran")


def test_a_run_folder_that_is_gone_before_the_result_is_read_is_explained(surroundings, fake_elastix):
    job = RegistrationJob(surroundings.request(fake_elastix(f"sleep 0.2; {WRITE_RESULT}")))
    steps = job.in_steps()
    while not job.is_running:
        next(steps)
    time.sleep(0.6)  # it has ended, and nobody has looked yet
    lose(surroundings.runs)
    with pytest.raises(ElastixPlusError) as caught:
        list(steps)
    surroundings.require_clear(caught.value, "was removed while elastix ran")


def test_a_run_folder_that_is_gone_once_the_result_is_read_does_no_harm(surroundings, fake_elastix):
    with RegistrationJob(surroundings.request(fake_elastix())) as job:
        job.start()
        job.wait()
        lose(surroundings.runs)
        assert job.collect().transform is not None
    surroundings.changes_scene = True


def test_what_took_the_place_of_the_run_folder_is_left_alone(surroundings, fake_elastix):
    body = f'{WRITE_RESULT}mv "$PWD" "$PWD-moved"; mkdir "$PWD"; echo mine > "$PWD/mine.txt"'
    with pytest.raises(ElastixPlusError, match="was removed while elastix ran"):
        register(surroundings.request(fake_elastix(body)))
    surroundings.kept = 2
    assert len(list(surroundings.runs.glob("elastixplus-*/mine.txt"))) == 1


# Names

NAMES = {
    "spaces": "a place  with   spaces ",
    "letters": "Jörg Müller 写真 Ελλάδα",
    "quotes": 'O\'Brien "the" `user`',
    "percent": "100% %TEMP% %s {0} $HOME",
    "options": "-out",
    "a semicolon": "a;b&c|d>e#f!g*h?",
    "a line end": "two\nlines",
    "brackets": "(a) [b]",
}


@posix_only
@pytest.mark.native_engine
@pytest.mark.parametrize("name", NAMES)
def test_a_folder_with_an_unusual_name_works(name, surroundings, native_engine_path, tmp_path):
    place = tmp_path / "places" / NAMES[name]
    place.mkdir(parents=True)
    result = register(surroundings.request(native_engine_path, workspace=place))
    surroundings.changes_scene = True
    assert mapped(result.transform, [[0, 0, 0]]).shape == (1, 3)
    assert os.listdir(place) == []


@posix_only
@pytest.mark.native_engine
def test_a_very_long_path_works(surroundings, native_engine_path, tmp_path):
    place = tmp_path.joinpath(*["x" * 200] * 15)
    place.mkdir(parents=True)
    assert len(str(place)) > 3000
    assert register(surroundings.request(native_engine_path, workspace=place)).transform is not None
    surroundings.changes_scene = True
    assert os.listdir(place) == []


@posix_only
def test_a_path_longer_than_the_system_allows_is_refused(surroundings, fake_elastix, tmp_path):
    request = surroundings.request(fake_elastix(), workspace=tmp_path.joinpath(*["x" * 200] * 30))
    with pytest.raises(OutputPlaceError, match="does not exist"):
        register(request)


@posix_only
@pytest.mark.native_engine
def test_a_link_to_the_folder_works_and_stays(surroundings, native_engine_path, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(surroundings.runs, target_is_directory=True)
    assert register(surroundings.request(native_engine_path, workspace=link)).transform is not None
    surroundings.changes_scene = True
    assert link.is_symlink()


# Held


def test_a_file_that_a_virus_scanner_holds_for_a_moment_costs_nothing(surroundings, fake_elastix, monkeypatch):
    real, attempts = shutil.rmtree, []

    def held_at_first(folder: Path) -> None:
        attempts.append(folder)
        if len(attempts) < 3:
            raise PermissionError(13, "in use by another process")
        real(folder)

    monkeypatch.setattr(shutil, "rmtree", held_at_first)
    assert register(surroundings.request(fake_elastix())).transform is not None
    surroundings.changes_scene = True
    assert len(attempts) == 3


def test_a_file_that_is_never_let_go_costs_the_folder_and_not_the_result(surroundings, fake_elastix, monkeypatch):
    def held(folder: Path) -> None:
        raise PermissionError(13, "in use by another process")

    monkeypatch.setattr(shutil, "rmtree", held)
    monkeypatch.setattr("ElastixPlusLib.elastix.workspace.REMOVAL_PAUSE_SECONDS", 0.001)
    assert register(surroundings.request(fake_elastix())).transform is not None
    surroundings.changes_scene, surroundings.kept = True, 1


def test_a_result_that_a_virus_scanner_keeps_from_being_read_is_explained(surroundings, fake_elastix, monkeypatch):
    real: Callable[[Path], bytes] = Path.read_bytes

    def quarantined(path: Path) -> bytes:
        if path.name.startswith("TransformParameters"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", quarantined)
    surroundings.fails(surroundings.request(fake_elastix()), ElastixPlusError, "cannot be read", keeps=True)
