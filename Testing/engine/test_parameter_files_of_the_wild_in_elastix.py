"""Parameter files as people keep them: what is read of them here is what elastix reads.

The wheel lends its own reader of parameter files, which tells every value; the native program shows by what it does
that it has read the same.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.errors import ParameterFileError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.volumes import write_voxels
from wild_parameter_files import wild_files, with_duplicate

ODD_LINES = 1500
PIECES = (
    "(",
    ")",
    '"',
    "/",
    "//",
    " ",
    "\t",
    "a",
    "1",
    ".",
    ",",
    "-",
    "#",
    "é",
    "\r",
    "=",
    "(A ",
    " 1)",
    '"b"',
    '(B "',
)
BETWEEN = (" ", '"', "\t", ""), (")", "", " )", ") //x")

READ_BY_ELASTIX = """
import importlib, itkConfig, json, pathlib, sys
itkConfig.DefaultFactoryLoading = False
reader = importlib.import_module("itk.elxParameterObjectPython").elastixParameterObject
found = {}
for path in pathlib.Path(sys.argv[1]).iterdir():  # .txt or .toml
    read = reader.New()
    try:
        read.ReadParameterFile(str(path))
        found[path.stem] = {name: list(values) for name, values in read.GetParameterMap(0).items()}
    except (RuntimeError, UnicodeDecodeError):  # the latter where the message holds what is no UTF-8
        found[path.stem] = None
print(json.dumps(found))
"""


def read_by_elastix(folder: Path) -> dict[str, dict[str, list[str]] | None]:
    """What the reader of elastix 5.3 makes of every file in a folder; None where it refuses one."""
    command = [sys.executable, "-c", READ_BY_ELASTIX, str(folder)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def as_elastix_tells(values: dict[str, tuple[str, ...]], encoding: str) -> dict[str, list[str]]:
    """The same values as texts of bytes that need not be UTF-8."""
    texts = {name: [value.encode(encoding) for value in given] for name, given in values.items()}
    return {name: [text.decode("utf-8", "surrogateescape") for text in given] for name, given in texts.items()}


@pytest.mark.itk_engine
def test_elastix_reads_every_value_of_every_file_and_refuses_what_says_something_twice(tmp_path):
    for number, file in enumerate(wild_files()):
        (tmp_path / f"{number} as it is.txt").write_bytes(file.content)
        path = tmp_path / f"{number} for a run.txt"
        ParameterFile.read(tmp_path / f"{number} as it is.txt").with_encoding("utf-8").write(path)
        (tmp_path / f"{number} twice.txt").write_bytes(with_duplicate(file, number)[0])
    found = read_by_elastix(tmp_path)
    for number, file in enumerate(wild_files()):
        has_mark = file.encoding == "utf-8-sig"  # which elastix takes for text
        as_it_is = None if has_mark else as_elastix_tells(file.values, file.encoding)
        assert found[f"{number} as it is"] == as_it_is, file.name
        assert found[f"{number} for a run"] == as_elastix_tells(file.values, "utf-8"), file.name
        assert found[f"{number} twice"] is None, file.name


@pytest.mark.itk_engine
def test_elastix_reads_the_same_from_a_file_that_is_written_in_toml(tmp_path):
    for number, file in enumerate(wild_files()):
        ParameterFile.parse("".join(file.lines)).write(tmp_path / f"{number}.toml")
    found = read_by_elastix(tmp_path)
    for number, file in enumerate(wild_files()):
        read = {name: [meaning(value) for value in values] for name, values in found[str(number)].items()}
        assert read == {name: [meaning(value) for value in values] for name, values in file.values.items()}, file.name


def meaning(value: str) -> str | float:
    """A value as a number if it is one: from TOML, elastix takes numbers and not their digits."""
    try:
        return float(value)
    except ValueError:
        return value


@pytest.mark.itk_engine
def test_an_odd_line_that_is_accepted_here_says_the_same_to_elastix(tmp_path):
    chance = random.Random(1)
    read_here = {}
    for number in range(ODD_LINES):
        text = "".join(chance.choice(PIECES) for _ in range(chance.randint(3, 9)))
        if chance.random() < 0.8:
            text = f"(A{chance.choice(BETWEEN[0])}{text}{chance.choice(BETWEEN[1])}"
        path = tmp_path / f"{number}.txt"
        path.write_bytes(text.encode())
        try:
            file = ParameterFile.read(path)
        except ParameterFileError:
            continue
        read_here[path.stem] = {name: list(file.get(name)) for name in file.names}
    found = read_by_elastix(tmp_path)
    assert len([said for said in read_here.values() if said]) > 50, "too few of these lines say something"
    assert len([said for said in found.values() if said is None]) > 500
    assert {name: found[name] for name in read_here} == read_here


# Each says: 2 resolutions of 3 and 5 iterations, whose first steps are SP_a / (SP_A + 1) ^ SP_alpha = 0.05 times the
# gradient. Only what follows elastix's manual is here; a whole number with an exponent is another matter.
PLAIN = {
    "Registration": "MultiResolutionRegistration",
    "Transform": "TranslationTransform",
    "Metric": "AdvancedMeanSquares",
    "Optimizer": "StandardGradientDescent",
    "Interpolator": "LinearInterpolator",
    "ImageSampler": "Full",
    "FixedImagePyramid": "FixedSmoothingImagePyramid",
    "MovingImagePyramid": "MovingSmoothingImagePyramid",
    "ResampleInterpolator": "FinalBSplineInterpolator",
    "Resampler": "DefaultResampler",
    "WriteResultImage": "false",
    "AutomaticTransformInitialization": "false",
    "NumberOfResolutions": "2",
    "MaximumNumberOfIterations": "3 5",
    "SP_a": "0.1",
    "SP_A": "3.0",
    "SP_alpha": "0.5",
    "RequiredRatioOfValidSamples": "0.05",
}


def written(form: str = '({} "{}")', end: str = "\n", **changes: str) -> str:
    lines = [
        form.format(name, value) if name not in changes else f"({name} {changes[name]})"
        for name, value in PLAIN.items()
        if name != "MaximumNumberOfIterations"
    ]
    lines.insert(3, f"(MaximumNumberOfIterations {changes.get('MaximumNumberOfIterations', '3 5')})")
    return end.join(lines) + end


VARIATIONS = {
    "all in quotes": written().encode(),
    "all bare": written("({} {})").encode(),
    "tabs and blanks": written('\t({}\t "{}" \t) \t').encode(),
    "comments with quotes and parentheses": written('({} "{}") // it is 5" (Old "x") // 7').encode(),
    "Windows line ends": written(end="\r\n").encode(),
    "mixed line ends, none at the end": written(end="\r\n").replace("\r\n", "\n", 9).strip().encode(),
    "Latin-1": ("// Größe\n" + written('({} "{}") // é')).encode("latin-1"),
    "a long line and many values": ("//" + "x(" * 5000 + "\n" + written() + f"(Wild {'1 ' * 5000})\n").encode(),
    "the other way round": "\n\n".join(reversed(written().splitlines())).encode(),
    "signs, points and exponents": written(
        SP_a="1e-1", SP_A="+3", SP_alpha=".5", MaximumNumberOfIterations='"+3"\t5.000000', NumberOfResolutions="2.0"
    ).encode(),
}


@pytest.mark.native_engine
def test_elastix_does_what_is_read_here_however_it_is_written(native_engine_path, tmp_path):
    grid = Grid((16, 16, 16), np.diag([1.0, 1.0, 1.0, 1.0]))
    write_voxels(np.zeros((16, 16, 16), dtype=np.float32), grid, tmp_path / "a.mha")  # nothing pulls anywhere
    stages = []
    for number, content in enumerate(VARIATIONS.values()):
        path = tmp_path / f"{number}.txt"
        path.write_bytes(content)
        stages += ["-p", path.name]
    command = [str(native_engine_path), "-f", "a.mha", "-m", "a.mha", *stages, "-out", ".", "-threads", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    for number, name in enumerate(VARIATIONS):
        read = ParameterFile.read(tmp_path / f"{number}.txt")
        iterations = [int(float(value)) for value in read.get("MaximumNumberOfIterations")]
        assert [float(read.first("NumberOfResolutions", "")), *iterations] == [2, 3, 5], name
        tables = [(tmp_path / f"IterationInfo.{number}.R{level}.txt").read_text().splitlines() for level in range(2)]
        assert [len(table) - 1 for table in tables] == iterations, name
        assert not (tmp_path / f"IterationInfo.{number}.R2.txt").exists(), name
        gain = dict(zip(tables[0][0].split("\t"), tables[0][1].split("\t"), strict=True))["3:StepSize"]
        first, offset, power = (float(read.first(key, "")) for key in ("SP_a", "SP_A", "SP_alpha"))
        assert float(gain) == pytest.approx(first / (offset + 1) ** power, rel=1e-4), name
        result = (tmp_path / f"TransformParameters.{number}.txt").read_text()
        assert re.search(rf'^\(Transform "{read.first("Transform", "")}"\)', result, re.MULTILINE), name
