"""The folder of a preset: its description, and the parameter files that it names."""

from __future__ import annotations

import json

from ElastixPlusLib.errors import ElastixPlusError
from ElastixPlusLib.presets.library import builtin_preset_folder
from ElastixPlusLib.presets.preset_folder import read_preset

from ..checks import FindingError, confined_to, fresh_folder
from .preset_archive import TOKENS as ARCHIVE_TOKENS
from .preset_archive import check_preset, imported

SEPARATOR = b"\n=====\n"
TOKENS = (*ARCHIVE_TOKENS, SEPARATOR, b'"files": ["0-rigid.txt"]', b'"../secret.txt"', b'"link.txt"')
STAGES = ("0-rigid.txt", "1-bspline.txt", "2-more.toml")


def seeds() -> list[bytes]:
    """Built-in presets: the description, and then its files, under names that one_input gives them."""
    made = []
    for folder in sorted(path.parent for path in builtin_preset_folder().glob("*/preset.json"))[::4]:
        described = json.loads((folder / "preset.json").read_text(encoding="utf-8"))
        texts = [(folder / name).read_bytes() for name in described["files"]][:2]
        described |= {"id": "knee", "files": list(STAGES[: len(texts)])}
        described.get("recipe", {}).pop("landmark_stages", None)
        made.append(SEPARATOR.join([json.dumps(described, indent=1).encode(), *texts]))
    return made


def one_input(data: bytes) -> None:
    """Read the folder as one of the library, and import it."""
    outer = fresh_folder("outer")
    (outer / "secret.txt").write_text('(Transform "EulerTransform")\n', encoding="ascii")
    folder = outer / "knee"
    folder.mkdir()
    (folder / "link.txt").symlink_to(outer / "secret.txt")
    description, *texts = data.split(SEPARATOR)
    (folder / "preset.json").write_bytes(description)
    for name, text in zip(STAGES, texts, strict=False):
        (folder / name).write_bytes(text)
    with confined_to(folder):
        try:
            read_preset(folder).parameter_files()
        except ElastixPlusError:
            pass
        found = imported(folder)
    for preset in found.presets:
        if any("secret" in stage.name for stage in preset.stages):
            raise FindingError("a file outside of the folder was taken")
        check_preset(preset)
