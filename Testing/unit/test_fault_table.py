"""The table of faults names tests that exist, and every fault that was asked for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

from conftest import REPOSITORY

TABLE = REPOSITORY / "Docs" / "faults.md"
TESTING = REPOSITORY / "Testing"
FEWEST_ROWS = 40
ASKED_FOR = (
    "SIGKILL",
    "SIGSEGV",
    "hangs in silence",
    "megabytes",
    "another encoding",
    "full while exporting",
    "full while elastix writes",
    "full while the results are saved",
    "deleted before the run",
    "deleted while elastix runs",
    "not writable",
    "another drive",
    "spaces or non-ASCII letters",
    "executable is missing",
    "no run bit",
    "another architecture",
    "shared library is missing",
    "memory limit",
    "host is killed",
    "two runs at once in one process",
    "two runs at once in two processes",
)


class Row(NamedTuple):
    """One fault."""

    number: int
    fault: str
    seen: str
    left: str
    tests: tuple[str, ...]


def rows_of(text: str) -> list[Row]:
    """Read the tables; a row begins with its number."""
    rows = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("|") and cells[0].isdigit():
            number, fault, seen, left, tests = cells
            rows.append(Row(int(number), fault, seen, left, tuple(re.findall(r"`([^`]+)`", tests))))
    return rows


ROWS = rows_of(TABLE.read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def functions_of(path: Path) -> dict[str, bool]:
    """The tests of a file, and whether each has parameters."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name: any("parametrize" in ast.unparse(one) for one in decorators_of(node, tree))
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def decorators_of(test: ast.FunctionDef, tree: ast.Module) -> Iterator[ast.expr]:
    """What decorates a test, with a mark that has a name replaced by what it stands for."""
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for one in test.decorator_list:
        yield named.get(one.id, one) if isinstance(one, ast.Name) else one


def what_is_wrong_with(named: str) -> str | None:
    """Say why a test that the table names cannot be run by that name."""
    found = re.fullmatch(r"([\w/]+\.py)::(test_\w+)(\[.+\])?", named)
    if found is None:
        return "is no name of a test"
    path, name, case = TESTING / found[1], found[2], found[3]
    if not path.is_file():
        return "is in a file that does not exist"
    if name not in functions_of(path):
        return "does not exist"
    if case is not None and not functions_of(path)[name]:
        return "has no parameters"
    return None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))
def test_every_test_of_a_row_exists(row: Row):
    assert row.tests, "a row without a test"
    assert {named: wrong for named in row.tests if (wrong := what_is_wrong_with(named))} == {}
    assert len(set(row.tests)) == len(row.tests)
    assert row.fault
    assert row.seen
    assert row.left


def test_no_number_is_missing_or_there_twice():
    assert [row.number for row in ROWS] == list(range(1, len(ROWS) + 1))


def test_there_are_enough_faults_and_no_two_of_the_same_name():
    assert len(ROWS) >= FEWEST_ROWS
    assert len({row.fault for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("words", ASKED_FOR)
def test_every_fault_that_was_asked_for_is_in_the_table(words: str):
    assert any(words in row.fault for row in ROWS)


@pytest.mark.parametrize(
    ("named", "wrong"),
    [
        ("unit/test_fault_table.py::test_no_number_is_missing_or_there_twice", None),
        ("unit/test_fault_table.py::test_every_test_of_a_row_exists[1]", None),
        ("unit/test_fault_table.py::test_no_number_is_missing_or_there_twice[1]", "has no parameters"),
        ("unit/test_fault_table.py::test_of_nothing", "does not exist"),
        ("unit/test_nothing.py::test_of_nothing", "is in a file that does not exist"),
        ("the moon is full", "is no name of a test"),
    ],
)
def test_a_name_that_is_wrong_is_found(named: str, wrong: str | None):
    assert what_is_wrong_with(named) == wrong
