"""Tables in the documentation whose rows name the tests that show them: read, and held against the tests there are.

A table of tests has a first column with a number, a second one with what the row is about, and somewhere in its rows
tests in backticks, such as ``Testing/unit/test_a.py::test_b``.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")
_TEST = re.compile(r"`((?:Testing/)?[\w/.-]+\.py)::(\w+)(?:\[[^`]*\])?`")


@dataclass(frozen=True)
class Row:
    """One row of a table.

    :param number: in its first column.
    :param what: the text of its second column.
    :param tests: the tests that it names, each as path::name, in order.
    """

    number: int
    what: str
    tests: tuple[str, ...]


def rows_of(path: Path) -> list[Row]:
    """The rows of all tables in a Markdown file whose first column is a number.

    :param path: the file.
    """
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in _BETWEEN_CELLS.split(line.strip())[1:-1]]
        if len(cells) > 1 and cells[0].isdecimal():
            tests = tuple(f"{file}::{name}" for file, name in _TEST.findall(line))
            rows.append(Row(int(cells[0]), cells[1], tests))
    return rows


def missing_tests(rows: list[Row]) -> list[str]:
    """What is wrong with the tests that rows name: none is named, or one does not exist. Nothing is imported."""
    return [
        *(f"row {row.number} ({row.what}) names no test" for row in rows if not row.tests),
        *(
            f"row {row.number} names {test}, which is no test"
            for row in rows
            for test in row.tests
            if not _exists(test)
        ),
    ]


def repeated_numbers(rows: list[Row]) -> list[int]:
    """Numbers that stand in more than one row."""
    numbers = [row.number for row in rows]
    return sorted({number for number in numbers if numbers.count(number) > 1})


def _exists(test: str) -> bool:
    file, _, name = test.partition("::")
    path = REPOSITORY / (file if file.startswith("Testing/") else f"Testing/{file}")
    return name.startswith("test_") and name in _tests_in(path)


@cache
def _tests_in(path: Path) -> frozenset[str]:
    """The names of the functions at the top of a file, and of the methods of its classes."""
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    return frozenset(node.name for body in bodies for node in body if isinstance(node, ast.FunctionDef))
