"""Start a child so that it and all that it starts can be ended together, and do that."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

TERMINATION_SECONDS = 0.4


def start_options(windows: bool = os.name == "nt") -> dict[str, Any]:
    """Return what :class:`subprocess.Popen` needs so that :func:`end_tree` reaches grandchildren.

    On POSIX the child leads a session of its own, and so a process group; it also does not get the Ctrl-C of the
    terminal, which its parent turns into an orderly cancel. On Windows it gets no console window.
    """
    if windows:
        no_window = getattr(subprocess, "CREATE_NO_WINDOW", 0x08000000)
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x00000200) | no_window}
    return {"start_new_session": True}


def end_tree(
    process: subprocess.Popen[bytes],
    *,
    windows: bool = os.name == "nt",
    environment: Mapping[str, str] | None = None,
    run: Callable[..., Any] = subprocess.run,
) -> None:
    """End a child and everything that it started; takes less than a second.

    :param process: started with :func:`start_options`; it may have ended, with a child of its own still running.
    :param environment: where ``SystemRoot`` is looked up on Windows; this process's own if None.
    :param run: what runs ``taskkill``, for tests.
    """
    if windows:
        _end_windows_tree(process, os.environ if environment is None else environment, run)
    else:
        _end_group(process)


def _end_windows_tree(
    process: subprocess.Popen[bytes], environment: Mapping[str, str], run: Callable[..., Any]
) -> None:
    root = environment.get("SystemRoot") or environment.get("SYSTEMROOT") or r"C:\Windows"
    # The full path, so that no taskkill of the current folder is run; /T takes the children along.
    command = [rf"{root}\System32\taskkill.exe", "/PID", str(process.pid), "/T", "/F"]
    # Whatever keeps taskkill from working, the child itself is ended below.
    with suppress(OSError, subprocess.TimeoutExpired):
        run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TERMINATION_SECONDS * 2,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    if process.poll() is None:
        process.kill()


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the group to end, then make it: a child of the child may ignore the first signal."""
    _signal_group(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(TERMINATION_SECONDS)
    _signal_group(process.pid, signal.SIGKILL)


def kill_group(leader: int) -> None:
    """End a process group at once, without asking.

    :param leader: the child that was started with :func:`start_options`, and that has not been waited for.
    """
    _signal_group(leader, signal.SIGKILL)


def _signal_group(leader: int, number: int) -> None:
    # Nothing may be left of the group; macOS says so for a group of zombies with the second error.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
