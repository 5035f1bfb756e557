"""The folder of a run: private, named, removed, and never anything but what it made."""

from __future__ import annotations

import os
import shutil
import stat
from collections import namedtuple
from pathlib import Path

import pytest

from ElastixPlusLib.elastix.workspace import PREFIX, Workspace
from ElastixPlusLib.errors import OutputPlaceError


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    """A folder of the user with a file in it, in a place that elastix cannot be told of."""
    folder = tmp_path / "Jörg Müller"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    return folder


def test_the_folder_is_removed_after_success_and_nothing_beside_it(parent: Path):
    with Workspace.create(parent) as workspace:
        workspace.fixed.write_bytes(b"voxels")
        (workspace.result / "deep").mkdir()
        assert workspace.folder.parent == parent
    assert [path.name for path in parent.iterdir()] == ["thesis.txt"]


def test_the_folder_is_removed_after_an_error(parent: Path):
    with pytest.raises(KeyboardInterrupt), Workspace.create(parent):
        raise KeyboardInterrupt
    assert [path.name for path in parent.iterdir()] == ["thesis.txt"]


def test_the_folder_of_a_failed_run_is_kept_once_that_is_asked_for(parent: Path):
    with Workspace.create(parent) as workspace:
        workspace.console_log.write_text("why it failed")
        workspace.keep_on_failure()
    assert workspace.is_kept
    assert workspace.console_log.read_text() == "why it failed"


def test_a_folder_to_be_kept_is_kept(parent: Path):
    with Workspace.create(parent, keep=True) as workspace:
        pass
    assert workspace.folder.is_dir()


def test_closing_twice_is_harmless(parent: Path):
    workspace = Workspace.create(parent)
    workspace.close()
    workspace.close()
    assert not workspace.folder.exists()


def test_what_took_the_place_of_the_folder_is_not_removed(parent: Path):
    workspace = Workspace.create(parent)
    workspace.folder.rename(parent / "moved away")
    workspace.folder.mkdir()
    (workspace.folder / "of somebody else").touch()
    workspace.close()
    assert (workspace.folder / "of somebody else").exists()


@pytest.mark.skipif(os.name == "nt", reason="making a link needs a right on Windows")
def test_a_link_in_the_place_of_the_folder_is_not_followed(parent: Path):
    workspace = Workspace.create(parent)
    shutil.rmtree(workspace.folder)
    workspace.folder.symlink_to(parent, target_is_directory=True)
    workspace.close()
    assert (parent / "thesis.txt").exists()


def test_a_file_that_is_held_for_a_moment_does_not_prevent_removal(parent: Path, monkeypatch: pytest.MonkeyPatch):
    workspace = Workspace.create(parent)
    remove, attempts = shutil.rmtree, []

    def held_at_first(folder: Path) -> None:
        attempts.append(folder)
        if len(attempts) < 3:
            raise PermissionError(13, "in use by another process")
        remove(folder)

    monkeypatch.setattr(shutil, "rmtree", held_at_first)
    workspace.close()
    assert len(attempts) == 3
    assert not workspace.folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_read_only_subfolder_is_removed(parent: Path):
    workspace = Workspace.create(parent)
    (workspace.result / "result.mha").touch()
    workspace.result.chmod(0o500)
    workspace.close()
    assert not workspace.folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_the_folder_is_private():
    with Workspace.create() as workspace:
        assert stat.S_IMODE(workspace.folder.stat().st_mode) == 0o700


def test_two_runs_do_not_share_a_folder(parent: Path):
    with Workspace.create(parent) as one, Workspace.create(parent) as other:
        assert one.folder != other.folder


def test_the_child_is_given_plain_names_wherever_the_folder_lies(parent: Path):
    with Workspace.create(parent) as workspace:
        files = [value for name in dir(Workspace) if isinstance(value := getattr(workspace, name), Path)]
        files += [workspace.parameter_file(1), workspace.transform_parameters(1)]
        names = [workspace.relative_name(path) for path in files]
    assert len(set(names)) == len(names) >= 15
    assert all(name.isascii() and " " not in name and not name.startswith(("/", "-", "..")) for name in names)


def test_the_result_folder_exists_because_elastix_does_not_make_it():
    with Workspace.create() as workspace:
        assert workspace.result.is_dir()
        assert workspace.transform_parameters(2) == workspace.result / "TransformParameters.2.txt"
        assert workspace.log == workspace.result / "elastix.log"


def test_a_relative_parent_gives_an_absolute_folder(parent: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(parent)
    with Workspace.create(Path(".")) as workspace:
        assert workspace.folder.is_absolute()
        assert workspace.folder.name.startswith(PREFIX)


def test_a_missing_parent_is_refused_by_name(tmp_path: Path):
    with pytest.raises(OutputPlaceError, match="nowhere"):
        Workspace.create(tmp_path / "nowhere")


def test_a_file_as_parent_is_refused(parent: Path):
    with pytest.raises(OutputPlaceError, match=r"thesis\.txt"):
        Workspace.create(parent / "thesis.txt")


def test_a_parent_that_cannot_be_written_is_refused_with_the_reason(parent: Path, monkeypatch: pytest.MonkeyPatch):
    def read_only(*_: object, **__: object) -> str:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.mkdtemp", read_only)
    with pytest.raises(OutputPlaceError, match="Read-only file system"):
        Workspace.create(parent)


def test_too_little_room_is_refused_with_both_numbers(monkeypatch: pytest.MonkeyPatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 3_000_000, 3_000_000))
    with Workspace.create() as workspace:
        workspace.require_free_bytes(2_900_000)
        with pytest.raises(OutputPlaceError, match=r"3 MB free.*needs 5 MB"):
            workspace.require_free_bytes(5_000_000)
