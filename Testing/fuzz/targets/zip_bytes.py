"""Zip files of strangers as they come, byte by byte."""

from __future__ import annotations

import io
import zipfile

from ElastixPlusLib.presets.archive import preset_as_text
from ElastixPlusLib.presets.library import find_preset

from ..checks import FindingError, confined_to, fresh_folder
from .preset_archive import check_preset, imported

TOKENS = (
    b"PK\x01\x02",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"PK\x06\x07",
    b"UT\x05\0",
    b"a.txt",
    b"preset.json",
)
_MOST_PRESETS = 2000
RIGID = '(Transform "EulerTransform")\n'


def seeds() -> list[bytes]:
    """A zip file of a folder, one of an exported preset, and one of a model of the zoo."""
    described = '{"id": "hip", "title": "Hip", "files": ["a.txt"]}'
    return [
        packed({"hip/preset.json": described, "hip/a.txt": RIGID}),
        packed({"a.txt": RIGID}, zipfile.ZIP_DEFLATED),
        packed({"rigid.elastixplus.json": preset_as_text(find_preset("rigid"))}, zipfile.ZIP_DEFLATED),
        packed({"Par0001/README.md": "# Par0001\nelastix -p a.txt -p b.txt\n", "Par0001/a.txt": RIGID}),
    ]


def packed(files: dict[str, str], compression: int = zipfile.ZIP_STORED) -> bytes:
    """A zip file of texts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as held:
        for name, text in files.items():
            held.writestr(zipfile.ZipInfo(name), text, compression)
    return content.getvalue()


def one_input(data: bytes) -> None:
    """Import it; nothing is left, and nothing is written beside it."""
    folder = fresh_folder("zip")
    path = folder / "box.zip"
    path.write_bytes(data)
    with confined_to(folder):
        found = imported(path)
    if len(found.presets) > _MOST_PRESETS or [one.name for one in folder.iterdir()] != ["box.zip"]:
        raise FindingError(f"{len(found.presets)} presets, and in the folder {list(folder.iterdir())[:5]}")
    for preset in found.presets[:3]:
        check_preset(preset)
