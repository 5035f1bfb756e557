"""Read files that may come from anywhere: whole, but never more than expected, and nothing that has no end.

A pipe waits for its writer for ever and a device such as ``/dev/zero`` never ends; neither is a file to be read.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_PIECE_BYTES = 1024 * 1024
_ENDLESS = (stat.S_ISFIFO, stat.S_ISCHR, stat.S_ISBLK, stat.S_ISSOCK)


class FileTooLargeError(OSError):
    """A file has more bytes than any of its kind needs."""


def read_ordinary_file(path: Path, most_bytes: int) -> bytes:
    """All bytes of a file.

    :param path: the file; where it is a link, what that leads to.
    :param most_bytes: what a file of its kind has at most; no more is read, however fast it grows.
    :raises FileTooLargeError: it has more.
    :raises OSError: it cannot be read, or is a pipe or a device.

    >>> read_ordinary_file(Path(__file__), 100_000)[:3]
    b'\"\"\"'
    """
    require_ordinary_file(path)
    with path.open("rb") as file:
        # Memory is taken for what there is, not for what there may be.
        content = file.read(min(os.fstat(file.fileno()).st_size, most_bytes) + 1)
        while len(content) <= most_bytes and (more := file.read(min(_PIECE_BYTES, most_bytes + 1 - len(content)))):
            content += more
    if len(content) > most_bytes:
        raise FileTooLargeError(errno.EFBIG, "it is too large", str(path))
    return content


def require_ordinary_file(path: Path) -> None:
    """Refuse what would be read for ever; a folder is left to whoever opens it.

    :raises OSError: it is a pipe or a device, cannot be looked at, or its name is none.
    """
    try:
        mode = path.stat().st_mode
    except ValueError as error:  # a null character in the name
        raise OSError(errno.EINVAL, "it is no name of a file", str(path)) from error
    if any(is_endless(mode) for is_endless in _ENDLESS):
        raise OSError(errno.EINVAL, "it is a pipe or a device and no file", str(path))


def exists(path: Path) -> bool:
    """Whether there is anything of a name; of a name that nothing can have there is nothing.

    >>> exists(Path(__file__).parent), exists(Path("x" * 9999)), exists(Path("a\\0b"))
    (True, False, False)
    """
    try:
        return path.exists()
    except (OSError, ValueError):  # before Python 3.12 a name that is too long is an error
        return False


def is_ordinary_file(path: Path) -> bool:
    """Whether there is a file that can be read to its end; a name that no file can have is none.

    >>> is_ordinary_file(Path(__file__)), is_ordinary_file(Path(__file__).parent), is_ordinary_file(Path("x" * 9999))
    (True, False, False)
    """
    try:
        return path.is_file()
    except (OSError, ValueError):  # as above
        return False
