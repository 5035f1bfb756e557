"""See to it that nothing of a run survives this process, also if it is killed or crashes.

A process that is killed cannot clean up. On POSIX a small program beside it does: :mod:`.guard_program`. On Windows
the system ends what runs, by a job object, see :mod:`.windows_job`; the run folder stays there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from .itk_wheel import find_interpreter
from .process_tree import kill_group, start_options
from .windows_job import WindowsJob

GUARD_PROGRAM = Path(__file__).with_name("guard_program.py")
_FIRST_FREE_DESCRIPTOR = 3
_END_SECONDS = 1.0


class HostGuard:
    """Watches over one run folder and the processes that run in it.

    Where there is no Python that could run the guard, there is none, and nothing else changes.

    :param folder: of the run.
    :param identity: its device and inode: nothing else is ever removed.
    """

    def __init__(self, folder: Path, identity: tuple[int, int] | None) -> None:
        self._folder = folder
        self._identity = identity
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: int | None = None
        self._job: WindowsJob | None = None
        self._is_kept = False
        self._let_go: weakref.finalize[..., HostGuard] | None = None

    def start(self, windows: bool = os.name == "nt") -> None:
        """Start to watch; does nothing if that has been done."""
        if self._process is not None or self._identity is None or windows:
            return
        interpreter = find_interpreter(sys.executable, os.environ)
        if interpreter is None:
            return
        # Not -I: Slicer's Python needs the PYTHONHOME that PythonSlicer sets for it.
        words = [str(interpreter), "-s", "-S", str(GUARD_PROGRAM), str(self._folder), *map(str, self._identity)]
        with suppress(OSError):
            self._launch(words)
        if self._is_kept:
            self._say("keep")

    def watch(self, process: subprocess.Popen[bytes], windows: bool = os.name == "nt") -> None:
        """End a process with all that it starts when this one ends.

        :param process: started with :func:`.process_tree.start_options`.
        """
        if windows:
            if self._job is None:
                self._job = WindowsJob.create()
            if self._job is not None:
                self._job.add(process)
            return
        self.start(windows)
        self._say(f"+{process.pid}")

    def forget(self, process: subprocess.Popen[bytes]) -> None:
        """A process has ended: its number may soon be that of another."""
        self._say(f"-{process.pid}")

    def keep_folder(self) -> None:
        """Leave the run folder, whatever happens."""
        self._is_kept = True
        self._say("keep")

    def release(self) -> None:
        """The run is over, and nothing is to be guarded any more; safe to call twice."""
        if self._let_go is not None:
            self._let_go()
        self._channel = None
        if self._job is not None:
            self._job.close()

    def _launch(self, words: list[str]) -> None:
        reading, writing = _pipe()
        try:
            process = subprocess.Popen(
                words,
                cwd="/",  # so that it holds no folder and no disk
                env=guard_environment(os.environ),
                stdin=reading,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **start_options(windows=False),
            )
        except OSError:
            os.close(writing)
            raise
        finally:
            os.close(reading)
        self._process, self._channel = process, writing
        self._let_go = weakref.finalize(self, _end, process, writing)
        # A host that ends without having released the guard leaves it what it has left undone.
        self._let_go.atexit = False

    def _say(self, word: str) -> None:
        if self._channel is not None:
            with suppress(OSError):  # the guard has been ended by somebody
                os.write(self._channel, f"{word}\n".encode("ascii"))


def guard_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out all that would make the guard's Python another one than it is.

    >>> guard_environment({"PATH": "/bin", "PYTHONHOME": "/elsewhere"})
    {'PATH': '/bin'}
    """
    return {name: value for name, value in environment.items() if not name.startswith(("PYTHON", "__PYVENV"))}


def _pipe() -> tuple[int, int]:
    """Make a pipe that no other child gets; its writing end is no standard stream, also where these are closed."""
    import fcntl

    reading, writing = os.pipe()
    moved = None
    try:
        moved = fcntl.fcntl(writing, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE_DESCRIPTOR)
        os.set_blocking(moved, False)
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return reading, moved


def _end(process: subprocess.Popen[bytes], channel: int) -> None:
    """End the guard before it can take the end of its pipe for that of the host."""
    if process.poll() is None:
        kill_group(process.pid)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
    with suppress(OSError):
        os.close(channel)
