"""Names, folders and replacing of files as Windows and macOS have them, tried where they can be faked honestly."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PureWindowsPath

import psutil
import pytest

from ElastixPlusLib.elastix.engine import find_engine
from ElastixPlusLib.elastix.process import ElastixProcess
from ElastixPlusLib.elastix.search_path import program_on_path
from ElastixPlusLib.elastix.workspace import Workspace
from ElastixPlusLib.errors import OutputPlaceError, PresetError
from ElastixPlusLib.presets.archive import export_preset, read_archive
from ElastixPlusLib.presets.importing import import_presets
from ElastixPlusLib.presets.library import find_preset, user_preset_folder
from ElastixPlusLib.presets.preset_folder import is_plain_file_name, read_preset, write_preset
from ElastixPlusLib.presets.user_presets import duplicate_of, free_identifier
from ElastixPlusLib.terminal.accounts import write_account
from ElastixPlusLib.terminal.output_places import refuse_inputs_as_outputs
from ElastixPlusLib.terminal.report_folder import publish_report

REPOSITORY = Path(__file__).resolve().parents[2]
LONGEST_PATH_ON_WINDOWS = 260  # with the zero at its end
# A long user name, and what Slicer makes of an installation or a temporary folder.
LONG_FOLDER = PureWindowsPath(
    r"C:\Users\Bartholomaeus.Featherstonehaugh\AppData\Local\slicer.org\Slicer 5.10.0\slicer.org"
)

DEVICES = ["con", "PRN", "aux.txt", "NUL", "nul.tar.gz", "com1", "COM9.txt", "lpt1.json", "CON .txt", "COM¹", "CONIN$"]
OTHER_PLACES = ["C:a.txt", r"C:\a.txt", r"..\a.txt", r"a\b.txt", r"\\server\share", "a.txt:stream", "//server/share"]
CHANGED_BY_WINDOWS = ["a.txt.", "a.txt ", "a?.txt", "a*", "a|b", 'a"b', "a<b", "a\tb", "a\nb"]


@pytest.mark.parametrize("name", [*DEVICES, *OTHER_PLACES, *CHANGED_BY_WINDOWS])
def test_a_name_that_means_something_else_on_windows_is_no_name_for_a_file(name: str):
    assert not is_plain_file_name(name)


@pytest.mark.parametrize(
    "name", ["0-rigid.txt", "Prostata é.txt", "console.txt", "com.txt", "lpt10.txt", "a.b.c", ".x"]
)
def test_a_name_that_is_the_same_everywhere_is_one(name: str):
    assert is_plain_file_name(name)


def test_a_preset_that_names_a_device_as_its_file_is_refused(tmp_path: Path):
    folder = tmp_path / "knee"
    folder.mkdir()
    (folder / "nul.txt").write_text('(Transform "EulerTransform")\n', encoding="utf-8")
    (folder / "preset.json").write_text('{"id": "knee", "title": "Knee", "files": ["nul.txt"]}', encoding="utf-8")
    with pytest.raises(PresetError, match=r"nul\.txt"):
        read_preset(folder)


@pytest.mark.parametrize("title", ["con", "Aux", "LPT1", "nul"])
def test_a_preset_that_is_named_as_a_device_gets_another_folder(title: str):
    assert is_plain_file_name(free_identifier(title, ()))


def tracked_files() -> list[str]:
    listed = [path.relative_to(REPOSITORY) for top in ("ElastixPlus", "Resources", "Docs", "Testing", "benchmarks")
              for path in (REPOSITORY / top).rglob("*")]  # fmt: skip
    left_out = ("__pycache__", "output", ".pytest_cache")
    return [path.as_posix() for path in listed if not set(path.parts) & set(left_out)]


def test_every_file_of_the_repository_can_lie_on_every_system():
    names = tracked_files()
    assert len(names) > 600
    assert [name for name in names if not all(is_plain_file_name(part) for part in name.split("/"))] == []
    assert len({name.casefold() for name in names}) == len(names)


def test_every_file_of_the_module_fits_into_the_longest_path_of_windows():
    place = LONG_FOLDER / "Extensions-33216" / "ElastixPlus" / "lib" / "Slicer-5.10" / "qt-scripted-modules"
    names = [path.relative_to(REPOSITORY / "ElastixPlus") for path in (REPOSITORY / "ElastixPlus").rglob("*.*")]
    longest = max((str(place / name) for name in names if "__pycache__" not in name.parts), key=len)
    assert len(longest) < LONGEST_PATH_ON_WINDOWS, longest


def test_every_file_of_a_run_fits_into_the_longest_path_of_windows():
    with Workspace.create() as workspace:
        files = [value for name in dir(Workspace) if isinstance(value := getattr(workspace, name), Path)]
        files += [workspace.further_volume("moving", 15), workspace.transform_parameters(99)]
        names = [path.relative_to(workspace.folder.parent) for path in files]
    # elastix puts its own names beside these, none longer than this one.
    names.append(names[0].parent / "result" / "TransformParameters.99.R99.It999999.txt")
    assert max(len(str(LONG_FOLDER / name)) for name in names) < LONGEST_PATH_ON_WINDOWS


def test_a_run_folder_of_any_name_is_not_told_to_the_child(tmp_path: Path):
    folder = tmp_path / "JRGML~1 Jörg Müller 東京" / "with spaces & (brackets) 100% ^!"
    folder.mkdir(parents=True)
    with Workspace.create(folder) as workspace:
        name = workspace.relative_name(workspace.transform_parameters(0))
    assert name == "result/TransformParameters.0.txt"
    assert PureWindowsPath(name).parts == ("result", "TransformParameters.0.txt")


@pytest.fixture
def temporary_folder_of_two_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What %TEMP% is on Windows (C:\\Users\\JRGML~1) and on macOS (/var, which is /private/var): not its real name."""
    (tmp_path / "Jörg Müller").mkdir()
    try:
        (tmp_path / "JRGML~1").symlink_to(tmp_path / "Jörg Müller", target_is_directory=True)
    except OSError:
        pytest.skip("making a link needs a right on Windows")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "JRGML~1"))
    return tmp_path / "JRGML~1"


def test_a_run_works_and_cleans_up_in_a_temporary_folder_of_two_names(temporary_folder_of_two_names: Path):
    with Workspace.create() as workspace:
        assert workspace.folder.parent == temporary_folder_of_two_names
        workspace.fixed.touch()
        assert workspace.relative_name(workspace.result) == "result"
    assert list(temporary_folder_of_two_names.iterdir()) == []


def test_a_zipped_preset_is_imported_through_a_temporary_folder_of_two_names(temporary_folder_of_two_names: Path):
    preset = write_preset(duplicate_of(find_preset("rigid"), "mine", "Mine"), temporary_folder_of_two_names / "presets")
    packed = shutil.make_archive(str(temporary_folder_of_two_names / "box"), "zip", preset.parent)
    assert [found.title for found in import_presets(packed).presets] == ["Mine"]
    assert sorted(path.name for path in temporary_folder_of_two_names.iterdir()) == ["box.zip", "presets"]


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("win32", {"APPDATA": "/C/Users/Jörg/AppData/Roaming"}, "/C/Users/Jörg/AppData/Roaming/ElastixPlus/Presets"),
        ("win32", {"APPDATA": "/C/x", "ELASTIXPLUS_PRESETS": "/D/mine"}, "/D/mine"),
        ("darwin", {}, "~/Library/Application Support/ElastixPlus/Presets"),
        ("linux", {}, "~/.local/share/ElastixPlus/Presets"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/ElastixPlus/Presets"),
    ],
)
def test_presets_of_the_user_lie_where_the_system_keeps_such_things(platform, environment, folder):
    assert user_preset_folder(environment, platform) == Path(folder).expanduser()


@pytest.fixture
def rename_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renaming as Windows does it: what has the new name already is in the way; ``os.replace`` stays as it is."""
    rename = os.rename

    def refusing(source: str, target: str, **options: int) -> None:
        if os.path.lexists(target):
            raise FileExistsError(17, "Cannot create a file when that file already exists", str(source))
        rename(source, target, **options)

    monkeypatch.setattr(os, "rename", refusing)


@pytest.mark.usefixtures("rename_of_windows")
def test_a_preset_replaces_an_older_one_where_renaming_does_not(tmp_path: Path):
    write_preset(duplicate_of(find_preset("rigid"), "mine", "Old"), tmp_path)
    write_preset(duplicate_of(find_preset("generic"), "mine", "New"), tmp_path)
    assert read_preset(tmp_path / "mine").title == "New"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.usefixtures("rename_of_windows")
def test_an_exported_preset_replaces_an_older_one_where_renaming_does_not(tmp_path: Path):
    for title in ("Old", "New"):
        path = export_preset(duplicate_of(find_preset("rigid"), "mine", title), tmp_path)
    assert read_archive(path).title == "New"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("rename_of_windows")
def test_an_account_and_a_report_replace_older_ones_where_renaming_does_not(tmp_path: Path):
    report = tmp_path / "report"
    for text in ("old", "new"):
        write_account({"is": text}, str(tmp_path / "account.json"))
        staged = tmp_path / "staged"
        staged.mkdir()
        (staged / "report.html").write_text(text, encoding="utf-8")
        publish_report(staged, report)
        shutil.rmtree(staged)
    assert '"new"' in (tmp_path / "account.json").read_text(encoding="utf-8")
    assert (report / "report.html").read_text(encoding="utf-8") == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["account.json", "report"]


def test_a_run_that_has_ended_holds_no_file_of_its_folder_open(tmp_path: Path):
    """Windows does not remove a file that somebody holds open, so nobody may."""
    with Workspace.create(tmp_path) as workspace:
        command = [sys.executable, "-c", "print('a line')"]
        with ElastixProcess(command, workspace.folder, dict(os.environ), workspace.console_log) as process:
            assert process.wait() == 0
        held = [file.path for file in psutil.Process().open_files() if str(workspace.folder) in file.path]
        assert workspace.console_log.exists()
        assert held == []


@pytest.fixture
def two_names_of_one_file(tmp_path: Path) -> tuple[Path, Path]:
    """What a file system that ignores case gives: two names, and the system says that they are one file."""
    written, other = tmp_path / "Brain.nrrd", tmp_path / "BRAIN.NRRD"
    written.write_bytes(b"voxels")
    with suppress(FileExistsError):  # where case is ignored, it is there already
        os.link(written, other)
    return written, other


def test_an_input_is_not_overwritten_under_a_name_in_other_case(two_names_of_one_file: tuple[Path, Path]):
    written, other = two_names_of_one_file
    with pytest.raises(OutputPlaceError, match="one of the inputs"):
        refuse_inputs_as_outputs([written], [other])


def test_two_outputs_do_not_differ_in_case_only(tmp_path: Path):
    with pytest.raises(OutputPlaceError, match="same name"):
        refuse_inputs_as_outputs([], [tmp_path / "result.nrrd", tmp_path / "Result.nrrd"])
    refuse_inputs_as_outputs([tmp_path / "not there.nrrd"], [tmp_path / "result.nrrd", tmp_path / "result.h5"])


@pytest.fixture
def folders(tmp_path: Path) -> Callable[..., list[Path]]:
    """Makes folders with programs in them."""

    def made(**programs: str) -> list[Path]:
        for folder, program in programs.items():
            (tmp_path / folder).mkdir()
            (tmp_path / folder / program).touch(mode=0o755)
        return [tmp_path / folder for folder in programs]

    return made


def test_on_windows_a_program_is_not_taken_from_the_current_folder(folders, monkeypatch: pytest.MonkeyPatch):
    data, installed = folders(data="elastix.exe", installed="elastix.exe")
    monkeypatch.chdir(data)
    assert program_on_path("elastix", f"{installed}", windows=True) == installed / "elastix.exe"
    for search_path in ("", ".", ";", "nowhere;.", '""'):
        assert program_on_path("elastix", search_path, windows=True) is None


def test_on_windows_a_batch_file_is_not_taken_for_a_program(folders):
    first, second = folders(first="elastix.bat", second="elastix.cmd")
    assert program_on_path("elastix", f"{first};{second}", windows=True) is None


def test_on_windows_the_first_folder_wins_and_quotes_and_the_ending_do_not_matter(folders):
    empty, quoted, later = folders(empty="other.exe", quoted="elastix.exe", later="elastix.exe")
    search_path = f'{empty};"{quoted}";{later}'
    assert program_on_path("elastix", search_path, windows=True) == quoted / "elastix.exe"
    assert program_on_path("elastix.exe", search_path, windows=True) == quoted / "elastix.exe"


@pytest.mark.skipif(os.name == "nt", reason="stands in for elastix with a script")
@pytest.mark.parametrize(("name", "beside"), [("Elastix", "transformix"), ("elastix.EXE", "transformix.EXE")])
def test_transformix_is_found_beside_an_elastix_in_any_case(name: str, beside: str, tmp_path: Path):
    for program in (name, beside):
        (tmp_path / program).write_text("#!/bin/sh\necho elastix version: 5.1.0\n", encoding="utf-8")
        (tmp_path / program).chmod(0o755)
    assert find_engine(tmp_path / name).transformix_command == (str(tmp_path / beside),)


def test_a_command_that_is_shown_can_be_pasted_into_the_shell_of_the_system(monkeypatch: pytest.MonkeyPatch):
    from ElastixPlusLib.terminal import report_folder

    words = ["evaluate", "--fixed", r"C:\Jörg Müller\my ct.nrrd"]
    monkeypatch.setattr(report_folder.sys, "platform", "win32")
    assert report_folder.command_line(words) == r'elastixplus evaluate --fixed "C:\Jörg Müller\my ct.nrrd"'
    assert subprocess.list2cmdline(words) in report_folder.command_line(words)
