"""What an engine is said to have it creates, and what it is said to lack it does not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.components import available_components, components_of, missing_components
from ElastixPlusLib.elastix.engine import Engine, find_engine
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.volumes import write_voxels
from linted_files import RIGID, text_of


def native(path: Path) -> Engine:
    return Engine("elastix", path, "5.0.1", "5.0.1", (str(path),), None, {})


def wheel(elastix_version: str) -> Engine:
    return Engine("itk-elastix", Path("python"), elastix_version, "0.25.4", ("python",), None, {})


def printed_by(engine: Engine, folder: Path, **changes: str) -> str:
    grid = Grid((16, 16, 16), np.diag([1.0, 1.0, 1.0, 1.0]))
    voxels = np.random.default_rng(1).normal(100, 20, (16, 16, 16)).astype(np.float32)
    write_voxels(voxels, grid, folder / "volume.mha")
    quick = {"NumberOfResolutions": "1", "MaximumNumberOfIterations": "1", "WriteResultImage": '"false"'}
    (folder / "parameters.txt").write_text(text_of(RIGID | quick, **changes))
    words = [word for side in ("-f", "-m") for word in (side, str(folder / "volume.mha"))]
    words += ["-p", str(folder / "parameters.txt"), "-out", str(folder)]
    done = subprocess.run(
        [*engine.elastix_command, *words], env=dict(engine.environment), capture_output=True, check=False
    )
    return (done.stdout + done.stderr).decode(errors="replace")


@pytest.mark.native_engine
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Transform", "SimilarityTransform"),
        ("Transform", "AffineLogTransform"),
        ("Transform", "EulerTransform"),
        ("Metric", "AdvancedKappaStatistic"),
        ("ResampleInterpolator", "FinalLinearInterpolator"),
        ("Interpolator", "RayCastInterpolator"),
        ("Optimizer", "AdaGrad"),
    ],
)
def test_the_native_engine_creates_what_it_is_said_to_have(kind, name, native_engine_path, tmp_path):
    engine = find_engine(native_engine_path)
    is_missing = f"could not be created: {name}" in printed_by(engine, tmp_path, **{kind: f'"{name}"'})
    assert (name in available_components(engine)) == (not is_missing)
    assert (name in missing_components(engine, [name])) == is_missing


@pytest.mark.itk_engine
def test_the_wheel_creates_what_it_is_said_to_have(tmp_path):
    engine = find_engine("itk")
    printed = printed_by(engine, tmp_path, Transform='"SimilarityTransform"', Optimizer='"AdaGrad"')
    available = available_components(engine)
    assert ("could not be created: SimilarityTransform" in printed) == ("SimilarityTransform" not in available)
    assert ("could not be created: AdaGrad" in printed) == ("AdaGrad" not in available)
    assert "could not be created" in printed


def test_files_ask_for_each_component_once_in_their_order():
    files = [
        ParameterFile.parse(text) for text in ('(Metric "B" "A")\n(Transform "T")', '(Metric "A")\n(Optimizer "O")')
    ]
    assert components_of(files) == ("T", "B", "A", "O")
    assert components_of([]) == ()


@pytest.mark.parametrize("content", [b"", b'#!/bin/sh\nexec /opt/elastix "$@"\n', bytes(100)])
def test_what_is_no_executable_of_elastix_tells_nothing(content, tmp_path):
    path = tmp_path / "elastix"
    path.write_bytes(content)
    assert available_components(native(path)) is None
    assert available_components(native(tmp_path / "none")) is None
    assert available_components(native(tmp_path)) is None


def test_a_name_across_two_pieces_of_a_large_file_is_found_and_a_new_build_looked_at_anew(tmp_path):
    path = tmp_path / "elastix"
    for before in range(4 * 1024 * 1024 - 22, 4 * 1024 * 1024, 7):
        path.write_bytes(b"MyEulerTransform\0".ljust(before, b"x") + b"SimilarityTransform\0" + bytes(50))
        assert "SimilarityTransform" in available_components(native(path))
    path.write_bytes(b"MyEulerTransform\0 SimilarityTransformer\0")
    assert "SimilarityTransform" not in available_components(native(path))


def test_of_a_wheel_that_was_not_asked_nothing_is_claimed():
    assert available_components(wheel("5.2.0")) is None
    assert available_components(wheel("unknown newer")) is None
    asked = available_components(wheel("5.3.1"))
    assert {"SimilarityTransform", "EulerTransform"} <= asked
    assert not {"Impact", "AdaGrad", "MattesMutualInformation"} & asked


def test_what_was_taken_out_of_elastix_is_in_no_engine(tmp_path):
    path = tmp_path / "elastix"
    path.write_bytes(b"EulerTransform\0MattesMutualInformation\0File\0")
    assert not {"MattesMutualInformation", "File"} & available_components(native(path))
    assert missing_components(native(path), ["MattesMutualInformation"]) == {"MattesMutualInformation"}
