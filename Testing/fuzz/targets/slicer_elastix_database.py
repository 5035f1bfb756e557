"""The preset database of SlicerElastix: XML with parameter files beside it."""

from __future__ import annotations

from ..checks import FindingError, confined_to, fresh_folder
from .preset_archive import check_preset, imported

TOKENS = (
    b"<ElastixParameterSetDatabase>", b"</ElastixParameterSetDatabase>", b"<ParameterSet ", b"</ParameterSet>",
    b"<ParameterFiles>", b"</ParameterFiles>", b'<File Name="a.txt"/>', b'<File Name="inner/b.txt"/>', b"<![CDATA[",
    b"]]>", b"<!--", b"-->", b"<?xml version='1.0' encoding='utf-16'?>", b"encoding='utf-7'", b"encoding='latin-1'",
    b"<!DOCTYPE a [", b"<!ENTITY a 'b'>", b"<!ENTITY a SYSTEM 'file:///etc/passwd'>", b"&a;", b"&#0;", b"&#x202e;",
    b"<a>" * 40, b' id="', b' content="', b' modality="', b' publications="', b'Name="../secret.txt"', b"xmlns:a='b'",
)  # fmt: skip
RIGID = b'(Transform "EulerTransform")\n'


def seeds() -> list[bytes]:
    """Databases as SlicerElastix writes them."""
    one = (
        b'<ElastixParameterSetDatabase><ParameterSet id="par0003" modality="3D CT, monomodal" content="lung" '
        b'description="interpatient; B-spline" publications="Staring (2010), https://doi.org/10.1118/1.3264196">'
        b'<ParameterFiles><File Name="a.txt" /><File Name="inner/b.txt" /></ParameterFiles></ParameterSet>'
        b"</ElastixParameterSetDatabase>"
    )
    more = one.replace(b"<ParameterSet ", b'<ParameterSet id="x"><ParameterFiles/></ParameterSet><ParameterSet ', 1)
    bomb = b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + one.replace(b"lung", b"&b;")
    head = b'<?xml version="1.0" encoding="UTF-16"?>'.decode()
    return [one, b'<?xml version="1.0" encoding="UTF-8"?>\n' + more, bomb, (head + one.decode()).encode("utf-16")]


def one_input(data: bytes) -> None:
    """Import the database; nothing outside of its folder is opened."""
    outer = fresh_folder("database")
    (outer / "secret.txt").write_bytes(b"// secret\n" + RIGID)
    folder = outer / "own"
    (folder / "inner").mkdir(parents=True)
    for place in ("a.txt", "inner/b.txt", "Par0003.affine.txt"):
        (folder / place).write_bytes(RIGID)
    (folder / "link.txt").symlink_to(outer / "secret.txt")
    (folder / "preset.xml").write_bytes(data)
    with confined_to(folder):
        found = imported(folder / "preset.xml")
    for preset in found.presets[:3]:
        if any("secret" in (stage.text or "") for stage in preset.stages):
            raise FindingError("a file outside of the folder was taken")
        check_preset(preset)
