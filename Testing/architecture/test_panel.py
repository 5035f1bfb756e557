"""The panel keeps the rules of the house, as far as they concern it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from architecture.rules import (
    MEANINGLESS_NAMES,
    file_length_violations,
    function_length_violations,
    imports_in,
    statement_violations,
)
from conftest import REPOSITORY

MODULE = REPOSITORY / "ElastixPlus"
SCRIPT = MODULE / "ElastixPlus.py"
PANEL_FILES = sorted((MODULE / "ElastixPlusPanel").glob("*.py"))
MOST_LINES_OF_THE_SCRIPT = 500
ALLOWED = {"qt", "ctk", "slicer", "vtk", "numpy", "ElastixPlusLib", "ElastixPlusPanel", "SampleData"}


def test_the_script_of_the_module_is_thin():
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) <= MOST_LINES_OF_THE_SCRIPT


@pytest.mark.parametrize("path", PANEL_FILES, ids=lambda path: path.stem)
def test_a_file_of_the_panel_has_one_idea(path: Path):
    assert list(file_length_violations(path.read_text(encoding="utf-8"))) == []
    assert not MEANINGLESS_NAMES & set(path.stem.split("_"))


@pytest.mark.parametrize("path", [SCRIPT, *PANEL_FILES], ids=lambda path: path.stem)
def test_functions_are_short_and_statements_harmless(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [*function_length_violations(tree), *statement_violations(tree, "ElastixPlusLib.mrml.x")] == []


@pytest.mark.parametrize("path", [SCRIPT, *PANEL_FILES], ids=lambda path: path.stem)
def test_only_what_slicer_ships_is_imported(path: Path):
    module = "ElastixPlusPanel." + path.stem if path != SCRIPT else "ElastixPlus"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tops = {target.split(".")[0] for _, target in imports_in(tree, module, is_package=path.name == "__init__.py")}
    assert tops - ALLOWED - set(sys.stdlib_module_names) == set()


def test_the_library_does_not_know_the_panel():
    for path in (MODULE / "ElastixPlusLib").rglob("*.py"):
        assert "ElastixPlusPanel" not in path.read_text(encoding="utf-8"), path
