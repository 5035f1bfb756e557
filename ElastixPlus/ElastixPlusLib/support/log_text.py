"""Text files of a run as they may be shown: their beginning and their end, as text, without names."""

from __future__ import annotations

import codecs
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from ..elastix.console_log import decode

HEAD_BYTES = 200_000
TAIL_BYTES = 800_000
_FEWEST_TEXT = 0.98
_LONGEST_LINE_CUT = 4096
_MARGIN = 600  # what a name that is cut in two may have lost
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffd]")
_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class ReadText:
    """What was read of a file.

    :param text: its beginning, and its end where not all was read, with a line between that says so.
    :param why_not: why it cannot be shown, as the end of a sentence; empty where it can.
    """

    text: str = ""
    why_not: str = ""


def read_text(path: Path, head_bytes: int = HEAD_BYTES, tail_bytes: int = TAIL_BYTES) -> ReadText | None:
    """Read a text file of a run, however large it is; links are not followed.

    :returns: None where there is no such file.
    """
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return ReadText(why_not="is a link or no file")
        # What has become a link since is refused where the system can; a pipe does not hold up.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return ReadText(why_not="is a link or no file")
            head = file.read(head_bytes + tail_bytes)
            size = file.seek(0, os.SEEK_END)
            if size <= len(head):
                return _shown(decode(head))
            file.seek((size - tail_bytes) // 2 * 2)
            return _shown(joined(head[:head_bytes], file.read(tail_bytes), size))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return ReadText(why_not="cannot be read")


def joined(head: bytes, tail: bytes, size: int) -> str:
    """The beginning and the end of a text, cut where no name can be cut in two.

    :param size: of all of it, in bytes.
    """
    mark = head[:2] if head[:2] in _BOMS else b""
    first, last = _cut_end(decode(head)), _cut_end(decode(mark + tail)[::-1])[::-1]
    left_out = size - len(first.encode("utf-8", "replace")) - len(last.encode("utf-8", "replace"))
    return f"{first}\n[... about {max(left_out, 0) / 1e6:.1f} MB of this file were left out here ...]\n{last}"


def _cut_end(text: str) -> str:
    """A text up to its last whole line or, where that is far away, its last word but some."""
    at = text.rfind("\n", max(0, len(text) - _LONGEST_LINE_CUT))
    if at < 0:
        at = max(text.rfind(" ", 0, max(0, len(text) - _MARGIN)), 0)
    return text[:at]


def _shown(text: str) -> ReadText:
    """A text without what is none; what is mostly none may be voxels."""
    odd = len(_NO_TEXT.findall(text))
    if odd > (1 - _FEWEST_TEXT) * len(text) + 4:
        return ReadText(why_not="is no text")
    return ReadText(_NO_TEXT.sub(" ", text.replace("\r\n", "\n")))
