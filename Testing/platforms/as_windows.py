"""Run a script of ElastixPlus as if on Windows, as far as that can be had on POSIX; a program for a process of its own.

Usage::

    python as_windows.py SCRIPT [ROOM]

- What Python has on POSIX only is taken away: calling it is an error, importing it, too.
- Every function of the library with an argument ``windows`` gets True for it where nothing is said.
- ``Popen`` takes the flags of Windows instead of a session; ``taskkill`` is played with psutil, as it ends a tree.

Paths stay those of POSIX: a path of Windows cannot be made elsewhere. :data:`CALLS` holds what was played.
"""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

TESTING = Path(__file__).resolve().parents[1]
CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW = 0x00000200, 0x08000000
SIGKILL = 9
# By subprocess, shutil and psutil themselves, on POSIX; which of them depends on the version of Python.
NEEDED_BY_PYTHON = {"O_NONBLOCK", "WNOHANG", "poll", "posix_spawn", "statvfs"}
CALLS: list[tuple[str, Any]] = []
# Loaded by a run of their own; they would look for what is not there.
NOT_LOADED = ("ElastixPlusLib.__main__", "ElastixPlusLib.elastix.itk_engine", "ElastixPlusLib.elastix.guard_program")


def load_library(room: str = "") -> list[Any]:
    """Load every module of the library, or of one room, and with it all of the standard library that it uses."""
    import ElastixPlusLib

    found = [one.name for one in pkgutil.walk_packages(ElastixPlusLib.__path__, "ElastixPlusLib.")]
    names = [name for name in found if name.startswith(f"ElastixPlusLib.{room}")]
    return [importlib.import_module(name) for name in names if name not in NOT_LOADED]


def take_posix_away() -> int:
    """Remove what Python has on POSIX only, and return how much there was of it."""
    from platforms.posix_only import POSIX_MODULES, POSIX_NAMES

    count = 0
    for module in (os, signal, select, socket, time):
        for name in POSIX_NAMES[module.__name__]:
            if name not in NEEDED_BY_PYTHON and hasattr(module, name):
                delattr(module, name)
                count += 1
    for name in POSIX_MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    return count


def say_windows(modules: Sequence[Any]) -> int:
    """Make ``windows`` True for every function that has such an argument, and return how many have."""
    functions = set()
    for module in modules:
        held = [*vars(module).values()]
        held += [value for one in held if inspect.isclass(one) for value in vars(one).values()]
        functions |= {one for one in held if inspect.isfunction(one) and one.__module__.startswith("ElastixPlusLib")}
    asked = [one for one in functions if "windows" in inspect.signature(one).parameters]
    for function in asked:
        plain = [p for p in inspect.signature(function).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        given = [True if p.name == "windows" else p.default for p in plain if p.default is not p.empty]
        function.__defaults__ = tuple(given) or None
        if function.__kwdefaults__ and "windows" in function.__kwdefaults__:
            function.__kwdefaults__["windows"] = True
    return len(asked)


class WindowsPopen(subprocess.Popen):  # type: ignore[type-arg]
    """Popen with the flags of Windows, which must not be asked for what only POSIX does."""

    def __init__(self, command: Any, *arguments: Any, creationflags: int = 0, **options: Any) -> None:
        asked = {name for name in ("start_new_session", "preexec_fn", "pass_fds", "process_group") if options.get(name)}
        if asked:
            raise ValueError(f"{asked} on Windows")
        CALLS.append(("flags", creationflags))
        if Path(str(command[0]).replace("\\", "/")).name == "taskkill.exe":
            CALLS.append(("taskkill", list(command[1:])))
            end_tree_of(int(command[command.index("/PID") + 1]))
            command = [sys.executable, "-c", ""]
        super().__init__(command, *arguments, **options)

    def kill(self) -> None:
        """End the process; what is inherited wants the name of a signal that has been taken away."""
        if self.poll() is None:
            os.kill(self.pid, SIGKILL)


def end_tree_of(number: int) -> None:
    """End a process and all that it has started, as ``taskkill /T /F`` does."""
    try:
        process = psutil.Process(number)
    except psutil.NoSuchProcess:
        return
    for one in [*process.children(recursive=True), process]:
        os.kill(one.pid, SIGKILL)


def main(script: str, room: str = "") -> None:
    """Change everything, then run the script with what it may look at."""
    sys.path[:0] = [str(TESTING), str(TESTING.parent / "ElastixPlus")]
    modules = load_library(room)
    taken, told = take_posix_away(), say_windows(modules)
    subprocess.Popen = WindowsPopen  # type: ignore[misc]
    exec(compile(script, "<script>", "exec"), {"CALLS": CALLS, "taken": taken, "told": told})  # noqa: S102 - of the tests


if __name__ == "__main__":
    main(*sys.argv[1:])
