"""What holds for every reader, whatever it is fed: where it may read and write, how long its sentences are."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from ElastixPlusLib.errors import ElastixPlusError

LONGEST_SENTENCE = 4000
_REPOSITORY = Path(__file__).resolve().parents[2]
_CHANGES = {
    "shutil.rmtree",
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.symlink",
    "os.link",
    "os.truncate",
    "os.chmod",
}
_NEVER = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.", "pickle.", "ctypes.dlopen")
_watched: list[Path] = []
_seen: list[str] = []


class FindingError(AssertionError):
    """Something that hostile input must not bring about."""


@lru_cache(maxsize=1)
def scratch() -> Path:
    """A folder of this process, removed when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="elastixplus-fuzz-")).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    sys.addaudithook(_notice)
    return folder


def fresh_folder(name: str) -> Path:
    """An empty folder of this name in the scratch folder."""
    folder = scratch() / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def put(name: str, content: bytes) -> Path:
    """A file in the scratch folder."""
    path = scratch() / name
    path.write_bytes(content)
    return path


@contextmanager
def confined_to(*folders: Path) -> Iterator[None]:
    """Inside, nothing is written or read outside of these folders, nothing is started, nothing temporary is left.

    Only what Python itself does is seen; native code opens files unseen.
    """
    temporary = fresh_folder("temporary")
    usual, tempfile.tempdir = tempfile.tempdir, str(temporary)
    _seen.clear()
    _watched[:] = (*folders, temporary)
    try:
        yield
    except ElastixPlusError as error:
        require_readable(error)
        raise
    finally:
        _watched.clear()
        tempfile.tempdir = usual
        if _seen or list(temporary.iterdir()):
            raise FindingError(f"outside of {folders}: {_seen[:3]}, left behind: {list(temporary.iterdir())[:3]}")


@contextmanager
def must_succeed(what: str) -> Iterator[None]:
    """Inside, not even a typed error is right."""
    try:
        yield
    except ElastixPlusError as error:
        raise FindingError(f"{what}: {error}") from error


def require_readable(error: ElastixPlusError) -> None:
    """A message is short enough to be read, and says what and what to do."""
    if not error.what.strip() or not error.remedy.strip():
        raise FindingError(f"half a message: {error!r}") from error
    if len(str(error)) > LONGEST_SENTENCE:
        raise FindingError(f"a message of {len(str(error))} letters: {str(error)[:200]}") from error


def _notice(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watched:
        return
    if event.startswith(_NEVER):
        _seen.append(f"{event} {arguments!r:.200}")
    elif event == "open" and not _may_be_opened(*arguments[:3]):
        _seen.append(f"open {arguments!r:.200}")
    elif event in _CHANGES and not all(_is_inside(one) for one in arguments if isinstance(one, str | bytes | Path)):
        _seen.append(f"{event} {arguments!r:.200}")


def _may_be_opened(path: Any, mode: Any, flags: Any) -> bool:
    if not isinstance(path, str | bytes | os.PathLike) or _is_inside(path):
        return True
    is_written = bool(flags & (os.O_WRONLY | os.O_RDWR)) if isinstance(flags, int) else "w" in str(mode)
    return not is_written and os.path.abspath(os.fsdecode(path)).startswith(_own_places())


def _is_inside(path: Any) -> bool:
    name = os.fsdecode(path)
    if not os.path.isabs(name) and os.pardir not in name.split(os.sep):
        return True  # in a folder that is open: how a whole folder is removed
    name = os.path.abspath(name)
    return any(name == str(folder) or name.startswith(f"{folder}{os.sep}") for folder in _watched)


@lru_cache(maxsize=1)
def _own_places() -> tuple[str, ...]:
    """Where Python, its packages and the library are."""
    paths = sysconfig.get_paths()
    places = {sys.prefix, sys.base_prefix, paths["stdlib"], paths["purelib"], str(_REPOSITORY), "/proc/", "/dev/null"}
    return tuple(places | {"/usr/lib", "/usr/share/zoneinfo"})
