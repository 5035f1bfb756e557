"""Folders of the elastix model zoo: names of files and folders, and a README in whatever words."""

from __future__ import annotations

import os

from ..checks import FindingError, confined_to, fresh_folder
from .preset_archive import check_preset, imported
from .preset_folder import SEPARATOR

TOKENS = (
    SEPARATOR,
    b"elastix -f a -m b -p ", b" -p ", b"# Published\n", b"## Image data\n", b"## Application\n", b".txt", b".toml",
    b"![a](b)", b"[a](b)", b"https://doi.org/10.1109/TMI.2009.2035616", b"Par0001", b"intra-patient", b"CT", b"*`_",
)  # fmt: skip
_RIGID = b'(Transform "EulerTransform")\n'
_MOST_FILES = 30


def seeds() -> list[bytes]:
    """A folder as the zoo has them: its name and README, then the files with their names."""
    readme = (
        b"Par0003\n# Par0003\n## Application\nLungs of one patient (intra-patient), follow-up.\n## Image data\n3D CT\n"
        b"## Published\nStaring (2010) https://doi.org/10.1118/1.3264196\n"
        b"elastix -f f.mhd -m m.mhd -p a.affine.txt -p a.bspline1.txt\n"
    )
    spline = b'(Transform "BSplineTransform")\n'
    return [
        SEPARATOR.join((readme, b"a.affine.txt\n" + _RIGID, b"a.bspline1.txt\n" + spline)),
        SEPARATOR.join((b"my folder\n", b"p0.txt\n" + _RIGID, b"p1.txt\n" + spline, b"p2.toml\nTransform = 1")),
    ]


def one_input(data: bytes) -> None:
    """Import the folder."""
    outer = fresh_folder("zoo")
    head, *parts = data.split(SEPARATOR)
    name, _, readme = head.partition(b"\n")
    folder = outer / _possible(name)
    try:
        folder.mkdir()
        (folder / "README.md").write_bytes(readme)
        for part in parts[:_MOST_FILES]:
            file, _, text = part.partition(b"\n")
            (folder / _possible(file)).write_bytes(text)
    except OSError:  # no name that this system has
        return
    with confined_to(folder):
        found = imported(folder)
    if len(found.presets) > len(parts):
        raise FindingError(f"{len(found.presets)} presets of {len(parts)} files")
    for preset in found.presets[:3]:
        check_preset(preset)


def _possible(name: bytes) -> str:
    """A name that this system can have, with bytes that are no text as the system gives them to Python."""
    kept = name.replace(b"/", b"_").replace(b"\0", b"_")[:120]
    return os.fsdecode(kept if kept not in (b"", b".", b"..", b"README.md") else b"x")
