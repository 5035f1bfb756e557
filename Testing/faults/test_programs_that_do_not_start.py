"""The program that was chosen cannot be run, or could be run a moment ago."""

from __future__ import annotations

import errno
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ElastixPlusLib import RegistrationJob
from ElastixPlusLib.elastix import process as process_module
from ElastixPlusLib.errors import ElastixFailedError, EngineNotFoundError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="programs and permissions of POSIX")

# The header of a program for SPARC: 64 bits, this system's order of bytes unknown to it.
SPARC_PROGRAM = (
    b"\x7fELF\x02\x02\x01" + bytes(9) + struct.pack(">HHIQQQIHHHHHH", 2, 43, 1, 64, 64, 0, 0, 64, 56, 1, 0, 0, 0)
)
WINDOWS_PROGRAM = b"MZ\x90\x00" + bytes(56) + struct.pack("<I", 64) + b"PE\x00\x00\x64\x86" + bytes(200)
LOST_LIBRARY = "#!/bin/sh\necho 'error while loading shared libraries: libANN.so: cannot open' >&2\nexit 127\n"


def executable(content: bytes | str) -> Callable[[Path], object]:
    """Write a file that may be run."""

    def write(path: Path) -> None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(0o755)

    return write


def forbidden(path: Path) -> None:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o644)


NO_PROGRAMS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "does not exist"),
    "without run bit": (forbidden, "chmod +x"),
    "for another processor": (executable(SPARC_PROGRAM), "cannot be started"),
    "for Windows": (executable(WINDOWS_PROGRAM), ""),
    "cut off": (executable(SPARC_PROGRAM[:20]), "cannot be started"),
    "an empty file": (executable(b""), ""),
    "NUL bytes": (executable(bytes(4096)), ""),
    "an empty folder": (Path.mkdir, "does not exist"),
    "a link to nothing": (lambda path: path.symlink_to(path.with_name("nowhere")), "does not exist"),
    "a link to itself": (lambda path: path.symlink_to(path), "does not exist"),
    "a script without its interpreter": (executable("#!/no/such/shell\n"), "cannot be started"),
    "without a library": (executable(LOST_LIBRARY), "needs the library libANN.so, which is missing"),
    "another program": (executable("#!/bin/sh\necho 'Hello, world'\n"), "is not elastix"),
    "a crash": (executable("#!/bin/sh\nkill -SEGV $$\n"), "ended by signal 11"),
    "rubbish as answer": (executable("#!/bin/sh\nhead -c 100000 /dev/urandom\n"), "is not elastix"),
    "too old": (executable("#!/bin/sh\necho 'elastix version: 4.9.0'\n"), "5.0 is the oldest"),
}


@pytest.mark.parametrize("name", NO_PROGRAMS)
def test_what_cannot_be_run_is_refused_before_anything_is_written(name, surroundings, tmp_path):
    make, phrase = NO_PROGRAMS[name]
    path = tmp_path / "elastix"
    make(path)
    surroundings.fails(surroundings.request(path), EngineNotFoundError, str(path), phrase, keeps=False)


def test_a_program_whose_name_no_file_can_have_is_refused(surroundings):
    with pytest.raises(EngineNotFoundError, match="does not exist"):
        RegistrationJob(surroundings.request("elas\0tix", workspace="a\0b")).check()


def remove(path: Path) -> None:
    path.unlink()


def take_permission(path: Path) -> None:
    path.chmod(0o644)


def replace_by_foreign_program(path: Path) -> None:
    executable(SPARC_PROGRAM)(path)


def lose_interpreter(path: Path) -> None:
    executable("#!/no/such/shell\n")(path)


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        (remove, "no elastix any more"),
        (take_permission, "does not let elastix be run"),
        (replace_by_foreign_program, "another kind of computer"),
        (lose_interpreter, "no elastix any more"),
    ],
)
def test_a_program_that_changes_between_the_check_and_the_run_is_explained(change, phrase, surroundings, fake_elastix):
    path = fake_elastix()
    with RegistrationJob(surroundings.request(path)) as job:
        job.check()
        change(path)
        with pytest.raises(ElastixFailedError) as caught:
            job.start()
    surroundings.require_clear(caught.value, phrase, str(path))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="this system runs what is being written")
def test_a_program_that_is_being_written_is_explained(surroundings, tmp_path):
    """As while an installation goes on."""
    path = tmp_path / "elastix"
    shutil.copy("/bin/true", path)
    with RegistrationJob(surroundings.request(path)) as job, open(path, "ab"):
        with pytest.raises(EngineNotFoundError) as caught:
            job.check()
    surroundings.require_clear(caught.value, "busy")


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.E2BIG, errno.ETXTBSY])
def test_a_system_that_starts_no_further_program_is_explained(number, surroundings, fake_elastix, monkeypatch):
    def refuse(words, **options):
        if words[0] == str(engine):
            raise OSError(number, os.strerror(number))
        return started(words, **options)

    engine, started = fake_elastix(), subprocess.Popen
    with RegistrationJob(surroundings.request(engine)) as job:
        job.check()
        monkeypatch.setattr(process_module.subprocess, "Popen", refuse)
        with pytest.raises(ElastixFailedError) as caught:
            job.start()
    surroundings.require_clear(caught.value)
    if number != errno.ENOMEM:
        assert os.strerror(number) in caught.value.what
        assert "engine" not in caught.value.remedy, "another engine would not help"
