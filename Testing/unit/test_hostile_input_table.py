"""The table of hostile input in the documentation names tests that exist, and enough of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tables_of_tests import REPOSITORY, missing_tests, repeated_numbers, rows_of

TABLE = REPOSITORY / "Docs" / "hostile-input.md"
FEWEST_CLASSES = 30


def test_every_row_names_tests_that_exist():
    assert missing_tests(rows_of(TABLE)) == []


def test_there_are_at_least_thirty_classes_with_numbers_of_their_own():
    rows = rows_of(TABLE)
    assert len(rows) >= FEWEST_CLASSES
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert len({row.what for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("| 1 | a | b |", ["row 1 (a) names no test"]),
        (
            "| 1 | a | `unit/test_hostile_input_table.py::test_nothing` |",
            ["row 1 names unit/test_hostile_input_table.py::test_nothing, which is no test"],
        ),
        (
            "| 1 | a | `Testing/unit/no_file.py::test_a` |",
            ["row 1 names Testing/unit/no_file.py::test_a, which is no test"],
        ),
        ("| 1 | a \\| b | `unit/test_hostile_input_table.py::test_every_row_names_tests_that_exist[x]` |", []),
        ("| what | which | `unit/no_file.py::test_a` |\n|---|---|---|", []),
    ],
)
def test_a_row_without_a_test_that_exists_is_found(tmp_path: Path, row: str, said: list[str]):
    (tmp_path / "table.md").write_text(f"# Table\n\n{row}\n", encoding="utf-8")
    assert missing_tests(rows_of(tmp_path / "table.md")) == said


def test_numbers_that_stand_twice_are_found(tmp_path: Path):
    (tmp_path / "table.md").write_text("| 1 | a | x |\n| 2 | b | x |\n| 1 | c | x |\n", encoding="utf-8")
    rows = rows_of(tmp_path / "table.md")
    assert [row.what for row in rows] == ["a", "b", "c"]
    assert repeated_numbers(rows) == [1]
