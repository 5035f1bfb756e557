"""The real engines without permission, libraries or packages: cause and remedy name what is broken."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ElastixPlusLib.elastix.diagnosis import start_failure
from ElastixPlusLib.elastix.engine import Engine
from ElastixPlusLib.elastix.process import ElastixProcess
from ElastixPlusLib.elastix.workspace import Workspace
from ElastixPlusLib.errors import ElastixFailedError
from failing_runs import NATIVE, WHEEL, command_in, engine_of, option_of, run, run_folder

native = pytest.mark.parametrize("engine_name", [NATIVE])
wheel = pytest.mark.parametrize("engine_name", [WHEEL])
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs the ways of Linux")
posix_only = pytest.mark.skipif(os.name == "nt", reason="needs permissions and scripts of POSIX")


def not_started(executable: Path, files: Workspace) -> ElastixFailedError:
    """What is said about an executable that the system refuses; the error is the real one."""
    with pytest.raises(ElastixFailedError) as caught:
        ElastixProcess([str(executable)], files.folder, {}, files.console_log).start()
    assert isinstance(caught.value.__cause__, OSError)
    return start_failure(str(executable), caught.value.__cause__)


def copy_of(engine: Engine, folder: Path, change: Callable[[bytes], bytes]) -> Path:
    """The real executable, altered."""
    content = engine.path.read_bytes()
    if not content.startswith(b"\x7fELF"):
        pytest.skip("elastix is no program of its own here")
    path = folder / "elastix"
    path.write_bytes(change(content))
    path.chmod(0o755)
    return path


def needed_library(engine: Engine) -> bytes:
    """The name of a library of ITK or elastix that the executable names."""
    found = re.search(rb"\0(lib(?:ITKCommon|ANN)[\w.+-]*\.so[\w.]*)\0", engine.path.read_bytes())
    if not found:
        pytest.skip("this elastix brings all libraries in one piece")
    return found[1]


def for_another_processor(content: bytes) -> bytes:
    machine = 183 if content[18] == 62 else 62  # AArch64, x86-64
    return content[:18] + machine.to_bytes(2, "little") + content[20:]


@linux_only
@native
@pytest.mark.parametrize(
    ("change", "mode", "cause", "option"),
    [
        (for_another_processor, 0o755, "built for another kind of computer", "--engine itk"),
        (lambda content: content[:8], 0o755, "or its file is damaged", "--engine itk"),
        (lambda content: content, 0o644, "does not let elastix be run", "--engine itk"),
    ],
)
def test_an_executable_that_the_system_refuses_is_explained(
    change: Callable[[bytes], bytes], mode: int, cause: str, option: str, engine_name: str, tmp_path: Path
):
    executable = copy_of(engine_of(engine_name), tmp_path, change)
    executable.chmod(mode)
    error = not_started(executable, run_folder(tmp_path))
    assert cause in error.what
    assert str(executable) in error.what
    assert "choose another one" in error.remedy
    assert option_of(error) == option


def test_an_executable_that_was_removed_is_named(tmp_path: Path):
    gone = tmp_path / "Slicer" / "Elastix" / "elastix"
    error = not_started(gone, Workspace.create(tmp_path))
    assert "no elastix any more" in error.what
    assert str(gone) in error.what
    assert option_of(error) == "--engine auto"


def test_a_run_folder_that_was_removed_is_not_taken_for_a_missing_executable(tmp_path: Path):
    error = FileNotFoundError(2, "No such file or directory", str(tmp_path / "gone"))
    assert "folder that elastix was to run in" in start_failure("/usr/bin/elastix", error).what


def test_another_reason_not_to_start_is_quoted():
    error = start_failure("/usr/bin/elastix", OSError(24, "Too many open files"))
    assert error.what == "/usr/bin/elastix could not be started (Too many open files)."


@linux_only
@native
def test_a_missing_library_is_named(engine_name: str, tmp_path: Path):
    engine = engine_of(engine_name)
    name = needed_library(engine)
    files = run_folder(tmp_path)
    executable = copy_of(engine, tmp_path, lambda content: content.replace(name, b"x" + name[1:]))
    error, status = run(files, [str(executable), *command_in(files, engine)[1:]], engine.environment)
    assert status == 127
    assert f"its library x{name[1:].decode()} is missing" in error.what
    assert "starts only from within it" in error.remedy
    assert option_of(error) == "--engine itk"


@linux_only
@native
@pytest.mark.parametrize("content", ["no library", "another library"])
def test_a_library_that_another_program_put_in_front_is_explained(content: str, engine_name: str, tmp_path: Path):
    engine, files = engine_of(engine_name), run_folder(tmp_path)
    in_front = files.folder / needed_library(engine).decode()
    libm = re.search(r"(/\S*/libm\.so\S*)", Path("/proc/self/maps").read_text())
    assert libm
    in_front.write_bytes(b"no library" if content == "no library" else Path(libm[1]).read_bytes())
    environment = {**engine.environment, "LD_LIBRARY_PATH": str(files.folder)}
    error, status = run(files, command_in(files, engine), environment)
    assert status != 0
    assert ("is damaged" if content == "no library" else "library of another version") in error.what
    assert option_of(error) == "--engine itk"


@posix_only
def test_a_script_around_elastix_that_has_lost_it_is_explained(tmp_path: Path):
    files = run_folder(tmp_path)
    script = files.folder / "elastix"
    script.write_text('#!/bin/sh\nelastix-9.9 "$@"\n')
    script.chmod(0o755)
    error, status = run(files, [str(script)], dict(os.environ))
    assert status == 127
    assert "no elastix any more" in error.what


@wheel
def test_a_python_without_the_wheel_is_told_how_to_get_it(engine_name: str, tmp_path: Path):
    files, engine = run_folder(tmp_path), engine_of(engine_name)
    program = [sys.executable, "-I", "-S", *command_in(files, engine)[1:]]
    error, status = run(files, program, engine.environment)
    assert status == 1
    assert "itk-elastix could not be loaded" in error.what
    assert "pip install" in error.remedy


@wheel
def test_half_of_the_wheel_is_told_how_to_get_all(engine_name: str, tmp_path: Path):
    files, engine = run_folder(tmp_path), engine_of(engine_name)
    (files.folder / "itkConfig.py").touch()
    (files.folder / "itk").mkdir()
    (files.folder / "itk" / "__init__.py").touch()
    program = [sys.executable, "-S", *command_in(files, engine)[1:]]
    error, status = run(files, program, {**engine.environment, "PYTHONPATH": str(files.folder)})
    assert status == 1
    assert "itk-elastix could not be loaded" in error.what


@wheel
def test_a_python_that_looks_in_the_wrong_place_is_explained(engine_name: str, tmp_path: Path):
    files, engine = run_folder(tmp_path), engine_of(engine_name)
    error, status = run(files, command_in(files, engine), {**engine.environment, "PYTHONHOME": str(tmp_path)})
    assert status == 1
    assert "Python that runs itk-elastix does not start" in error.what
