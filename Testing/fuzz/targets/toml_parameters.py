"""Parameter files in TOML."""

from __future__ import annotations

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.toml_parameters import toml_of_parameter_file
from ElastixPlusLib.presets.library import builtin_preset_folder

from ..checks import confined_to, fresh_folder, must_succeed, scratch
from .parameter_file import check_parameters

TOKENS = (
    b'Transform = "EulerTransform"\n', b" = [", b"]", b'"""', b"'''", b"[[", b"]]", b"[a.b]\n", b"{a = 1}", b"true",
    b"1979-05-27T07:32:00Z", b"0x10", b"1_0", b"\\u0000", b"\\uD800", b"a" + b".a" * 1000 + b" = 1\n",
)  # fmt: skip


def seeds() -> list[bytes]:
    """The parameter files of the built-in presets, in TOML."""
    files = [ParameterFile.read(path) for path in sorted(builtin_preset_folder().glob("*/*.txt"))[::4]]
    return [toml_of_parameter_file(file).encode() for file in files]


def one_input(data: bytes) -> None:
    """Read it as TOML, and as the text that is made of it."""
    folder = fresh_folder("toml")
    path = folder / "stage.toml"
    path.write_bytes(data)
    with confined_to(folder, scratch() / "toml-parameters"):
        file = ParameterFile.read(path)
        with must_succeed("the text made of TOML is not read"):
            ParameterFile.parse(file.text)
        check_parameters(file)
