"""Ask an executable whether it is elastix and of which version, and say in words why it is not."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from .console_log import printable

PROBE_SECONDS = 20.0
LIBRARY_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TEMP", "TMP")
MISSING_LIBRARY = re.compile(
    r"error while loading shared libraries: (?P<linux>[^\s:]+)|Library not loaded: (?P<mac>\S+)", re.IGNORECASE
)
WINDOWS_STATUSES = {
    0xC0000005: "it crashes",
    0xC000001D: "it uses instructions that this processor does not have",
    0xC000007B: "it, or a DLL that it needs, is damaged or of another kind of computer",
    0xC0000135: "a DLL that it needs is missing",
    0xC0000139: "a DLL that it needs is of another version",
    0xC0000142: "a DLL that it needs cannot be loaded",
}
CHOOSE_ANOTHER = "Name the elastix executable itself, or leave the choice to ElastixPlus (automatic)."


class ProbeFailure(Exception):
    """A file that cannot be used as elastix; the text continues a sentence that starts with its path.

    :param remedy: one sentence that starts with what to do.
    """

    def __init__(self, reason: str, remedy: str = CHOOSE_ANOTHER) -> None:
        super().__init__(reason)
        self.remedy = remedy


def read_version(path: Path, environment: Mapping[str, str]) -> str:
    """Read the version of an elastix executable by running it with ``--version``.

    The answer is kept for as long as the file has the same time and size, so the cost of some 10 ms is paid once.

    :param path: the executable.
    :param environment: what it will run with.
    :returns: such as "5.0.1".
    :raises ProbeFailure: not there, not executable, not elastix, or not able to start.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:  # the second for a name that no file can have
        raise ProbeFailure(
            "does not exist", "Correct the path, or leave the choice to ElastixPlus (automatic)."
        ) from error
    if path.is_dir():
        raise ProbeFailure("does not exist or is a folder without elastix", CHOOSE_ANOTHER)
    if os.name != "nt" and not os.access(path, os.X_OK):
        raise ProbeFailure("has no permission to be run", f'Make it executable with chmod +x "{path}".')
    relevant = tuple((name, environment[name]) for name in LIBRARY_VARIABLES if name in environment)
    return _run_once(str(path), status.st_mtime_ns, status.st_size, relevant)


@lru_cache(maxsize=32)
def _run_once(path: str, _mtime_ns: int, _size: int, environment: tuple[tuple[str, str], ...]) -> str:
    try:
        answer = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            timeout=PROBE_SECONDS,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired as error:
        raise ProbeFailure(f"gave no answer to --version within {PROBE_SECONDS:.0f} s") from error
    except OSError as error:
        raise ProbeFailure(f"cannot be started ({error.strerror or error})") from error
    text = answer.stdout.decode("utf-8", errors="replace")
    found = re.search(r"elastix version:?\s*(\d+(?:\.\d+)+)", text, re.IGNORECASE)
    if found and answer.returncode == 0:
        return found.group(1)
    raise _reason(text, answer.returncode)


def _reason(text: str, status: int) -> ProbeFailure:
    missing = MISSING_LIBRARY.search(text)
    if missing:
        library = missing.group("linux") or missing.group("mac")
        return ProbeFailure(f"needs the library {library}, which is missing", _LIBRARY_REMEDY)
    # Windows gives the unsigned number that a status is documented by, others may give the same as a negative one.
    why = WINDOWS_STATUSES.get(status % 2**32)
    if why:
        return ProbeFailure(f"cannot start: {why}", _LIBRARY_REMEDY)
    if status < 0:
        return ProbeFailure(f"was ended by signal {-status} when asked for its version", _LIBRARY_REMEDY)
    first_line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    said = printable(first_line[:80]).strip()
    told = f'answered "{said}"' if said else f"gave no version and ended with status {status}"
    return ProbeFailure(f"is not elastix: it {told}")


_LIBRARY_REMEDY = "Install that elastix again with its libraries, or choose another one."
