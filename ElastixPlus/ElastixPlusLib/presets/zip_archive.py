"""Zip files of strangers: only texts that may belong to a preset are unpacked, into one folder, and only so many."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from ..elastix.console_log import printable
from ..elastix.ordinary_file import FileTooLargeError, read_ordinary_file
from ..errors import PresetError
from .preset_folder import is_plain_file_name

_LARGEST_ZIP_BYTES = 64 * 1024 * 1024
_MOST_ENTRIES = 5000
_LARGEST_ENTRY_BYTES = 10 * 1024 * 1024
_MOST_BYTES = 64 * 1024 * 1024
_DEEPEST = 16
_WANTED = (".json", ".txt", ".toml", ".xml", ".md")
_ENCRYPTED = 0x1
_ENTRY_MARK = b"PK\x01\x02"
_TOO_LARGE = f"has more than 64 MB or {_MOST_ENTRIES} files"


def unpack(path: Path, folder: Path) -> None:
    """Unpack the texts of a zip file.

    :param path: the zip file.
    :param folder: an empty folder; nothing is written outside of it.
    :raises PresetError: it is no zip file, is encrypted, too large or damaged, or names a place outside of the folder.
    """
    content = _content(path)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as held:
            entries = _checked_entries(held, path)
            for entry, parts in entries:
                place = folder.joinpath(*parts)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(_content_of(held, entry))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise _fault(path, f"cannot be read: {printable(str(error)[:200])}", "Pack it again.") from error
    except OSError as error:
        raise _fault(path, f"could not be unpacked: {error.strerror or error}", "Unpack it yourself.") from error


def _content(path: Path) -> bytes:
    try:
        content = read_ordinary_file(path, _LARGEST_ZIP_BYTES)
    except FileTooLargeError as error:
        raise _fault(path, _TOO_LARGE, "Unpack it and choose the folder.") from error
    except OSError as error:
        raise _fault(path, f"could not be read: {error.strerror or error}", "Check its name.") from error
    # Counted before the list of entries is read, which takes seconds where there are hundreds of thousands.
    if content.count(_ENTRY_MARK) > _MOST_ENTRIES:
        raise _fault(path, _TOO_LARGE, "Unpack it and choose the folder.")
    return content


def _checked_entries(held: zipfile.ZipFile, path: Path) -> list[tuple[zipfile.ZipInfo, tuple[str, ...]]]:
    """The entries to unpack; a single suspicious one, also of those not to unpack, speaks against the whole file."""
    entries = []
    seen: set[str] = set()
    total = 0
    for entry in held.infolist():
        parts = _parts(entry, path)
        if entry.is_dir():
            continue
        name = "/".join(parts).casefold()
        if name in seen:
            raise _fault(path, f'holds "{entry.filename[:100]}" twice', "Pack it again.")
        seen.add(name)
        is_hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
        if is_hidden or not name.endswith(_WANTED):
            continue
        total += entry.file_size
        if entry.file_size > _LARGEST_ENTRY_BYTES or total > _MOST_BYTES:
            raise _fault(path, "unpacks to more than any preset needs", "Choose a smaller one.")
        entries.append((entry, parts))
    return entries


def _parts(entry: zipfile.ZipInfo, path: Path) -> tuple[str, ...]:
    name = entry.orig_filename
    parts = PurePosixPath(name).parts
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.flag_bits & _ENCRYPTED:
        raise _fault(path, "is encrypted", "Pack it without a password.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others are not unpacked in pieces
        raise _fault(path, "is packed in a way that few programs know", "Pack it as a usual zip file.")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _fault(path, f'holds "{name[:100]}", which is a link or a device', "Pack the files themselves.")
    if not parts or len(parts) > _DEEPEST or ".." in parts or not all(is_plain_file_name(part) for part in parts):
        what = "which lies outside of it or is no name of a file on every system"
        raise _fault(path, f"names {name[:100]!r}, {what}", "Rename the file and pack it again.")
    return parts


def _content_of(held: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """What an entry holds, as far as it says; where it holds more, the check sum is wrong."""
    with held.open(entry) as file:
        return file.read(entry.file_size + 1)  # without a number everything is unpacked before it is cut


def _fault(path: Path, what: str, remedy: str) -> PresetError:
    return PresetError(f"The zip file {path} {what}.", remedy)
