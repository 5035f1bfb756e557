"""The markers of conftest.py: a test without its engine is skipped with a reason, or fails where it must not be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

CONFTEST = Path(__file__).parents[1] / "conftest.py"

ONE_MARKED_TEST = """
import pytest

@pytest.mark.{marker}
def test_something_real():
    pass
"""

# Python runs a module of this name at its start; this one hides an installed itk-elastix.
SITECUSTOMIZE_WITHOUT_ITK_ELASTIX = """
import importlib.metadata

installed_version = importlib.metadata.version

def version(name):
    if name == "itk-elastix":
        raise importlib.metadata.PackageNotFoundError(name)
    return installed_version(name)

importlib.metadata.version = version
"""


def outcome_of_a_test_marked(marker: str, folder: Path, **environment: str) -> tuple[int, str]:
    """Run one marked test in a process of its own, under the real conftest.

    :returns: pytest's exit code (0 passed or skipped, 1 failed) and what it printed.
    """
    shutil.copy(CONFTEST, folder)
    (folder / "test_marked.py").write_text(ONE_MARKED_TEST.format(marker=marker), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    native_engine\n    itk_engine\n    shared_data\n")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ELASTIXPLUS_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rsf", "-p", "no:cacheprovider", str(folder)],
        env=inherited | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_test_without_its_engine_is_skipped_and_says_why(tmp_path: Path):
    code, printed = outcome_of_a_test_marked("native_engine", tmp_path, ELASTIXPLUS_ELASTIX="/no/such/elastix")
    assert code == 0
    assert "1 skipped" in printed
    assert "ELASTIXPLUS_ELASTIX=/no/such/elastix is not an executable file" in printed


def test_a_test_without_any_engine_on_path_is_skipped(tmp_path: Path):
    _, printed = outcome_of_a_test_marked("native_engine", tmp_path, PATH=str(tmp_path))
    assert "1 skipped" in printed
    assert "no native elastix" in printed


def test_a_test_without_its_engine_fails_where_engines_are_required(tmp_path: Path):
    code, printed = outcome_of_a_test_marked(
        "native_engine", tmp_path, ELASTIXPLUS_ELASTIX="/no/such/elastix", ELASTIXPLUS_REQUIRE_ENGINES="1"
    )
    assert code == 1
    assert "ELASTIXPLUS_ELASTIX=/no/such/elastix is not an executable file" in printed


def test_a_test_with_its_engine_runs(tmp_path: Path):
    _, printed = outcome_of_a_test_marked("native_engine", tmp_path, ELASTIXPLUS_ELASTIX=sys.executable)
    assert "1 passed" in printed


def test_the_itk_marker_follows_the_installed_package(tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text(SITECUSTOMIZE_WITHOUT_ITK_ELASTIX, encoding="utf-8")
    without_itk_elastix = {"PYTHONPATH": str(tmp_path)}
    code, printed = outcome_of_a_test_marked("itk_engine", tmp_path, **without_itk_elastix)
    assert code == 0
    assert "no itk-elastix" in printed
    code, printed = outcome_of_a_test_marked(
        "itk_engine", tmp_path, ELASTIXPLUS_REQUIRE_ENGINES="1", **without_itk_elastix
    )
    assert code == 1
    assert "no itk-elastix" in printed


def test_missing_real_volumes_are_said_so_and_fail_nothing(tmp_path: Path):
    code, printed = outcome_of_a_test_marked(
        "shared_data", tmp_path, ELASTIXPLUS_SHARED_DATA=str(tmp_path / "nowhere"), ELASTIXPLUS_REQUIRE_ENGINES="1"
    )
    assert code == 0
    assert "no real volumes at" in printed
