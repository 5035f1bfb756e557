"""Zip files that are sound but for what they name: every part of the input becomes an entry.

A part is a line with the kind of the entry as of ``stat`` in octal digits, a line with its name, and its content.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile

from .preset_folder import SEPARATOR
from .zip_bytes import RIGID
from .zip_bytes import one_input as import_zip

TOKENS = (
    SEPARATOR,
    b"100644\n",
    b"120777\n",
    b"010644\n",
    b"040755\n",
    b"con.txt\n",
    b"a.txt",
    b"preset.json",
    b"/",
    b":",
)
_MOST_ENTRIES = 30


def seeds() -> list[bytes]:
    """Names that are harmless, and names that are not."""
    described = b'{"id": "hip", "title": "Hip", "files": ["a.txt"]}'
    names = (
        b"../a.txt",
        b"/a.txt",
        b"C:\\a.txt",
        b"..\\a.txt",
        b"a/../../a.txt",
        b"CON.txt",
        b"a.txt ",
        b"b.txt.",
        b"d/",
    )
    return [
        _joined((b"100644\nhip/preset.json\n" + described, b"100644\nhip/a.txt\n" + RIGID.encode())),
        *(
            _joined((b"100644\na.txt\n" + RIGID.encode(), b"100644\n" + name + b"\n" + RIGID.encode()))
            for name in names
        ),
        b"120777\nlink.txt\n/etc/passwd",
    ]


def one_input(data: bytes) -> None:
    """Pack the parts and import the zip file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as held, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that stand twice
        for part in data.split(SEPARATOR)[:_MOST_ENTRIES]:
            kind, _, rest = part.partition(b"\n")
            name, _, text = rest.partition(b"\n")
            entry = zipfile.ZipInfo("a")
            entry.filename = name[:200].decode("utf-8", "replace")
            entry.external_attr = (int(kind, 8) & 0xFFFF) << 16 if re.fullmatch(rb"[0-7]{1,6}", kind) else 0
            held.writestr(entry, text)
    import_zip(content.getvalue())


def _joined(parts: tuple[bytes, ...]) -> bytes:
    return SEPARATOR.join(parts)
