"""Tables of a report: what stands in them, that a spreadsheet runs nothing of it, and that it comes back as it was."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ElastixPlusLib.accuracy.landmark_errors import LandmarkReport, PairError
from ElastixPlusLib.report.report_folder import TABLE_FILES, write_tables
from ElastixPlusLib.report.tables import (
    cell_text,
    held_out_table,
    landmark_table,
    report_tables,
    statistics_table,
    structure_table,
    text_cell,
)
from report.made_contents import EMPTY, evidence, structures

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    '=HYPERLINK("x")',
    "\N{FULLWIDTH EQUALS SIGN}1",
]


def rows(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table, newline="")))


def with_labels(*labels: str):
    pairs = tuple(PairError(label, "check", 2.0, 1.0) for label in labels)
    return replace(EMPTY.evidence, landmarks=LandmarkReport(pairs))


@cache
def all_statistics() -> list[dict[str, str]]:
    return rows(statistics_table(evidence()))


def statistic(group: str, measure: str, when: str = "after") -> str:
    (row,) = [row for row in all_statistics() if (row["group"], row["measure"]) == (group, measure)]
    return row[when]


def test_landmarks_have_the_columns_that_they_had_in_a_report_of_a_registration():
    table = landmark_table(with_labels("AC"))
    assert table == "label,role,before_mm,after_mm\r\nAC,check,2.0000,1.0000\r\n"


def test_driving_and_checking_landmarks_say_which_they_are():
    assert [row["role"] for row in rows(landmark_table(evidence()))] == ["drive"] * 15 + ["check"] * 15


def test_landmarks_that_were_left_out_have_a_table_of_their_own():
    assert rows(held_out_table(evidence()))[4] == {
        "label": "5",
        "fold": "1",
        "before_mm": "3.4000",
        "after_mm": "2.1000",
    }


@pytest.mark.parametrize("label", FORMULAS)
def test_a_label_that_could_be_a_formula_is_text_in_a_spreadsheet(label: str):
    (row,) = rows(landmark_table(with_labels(label)))
    assert row["label"] == f"'{label}"


@pytest.mark.parametrize("name", FORMULAS)
def test_a_structure_whose_name_could_be_a_formula_is_text_in_a_spreadsheet(name: str):
    renamed = tuple(replace(pair, fixed_name=name, moving_name=name) for pair in structures())
    found = rows(structure_table(replace(EMPTY.evidence, structures=renamed)))
    assert {(row["fixed"], row["moving"]) for row in found} == {(f"'{name}", f"'{name}")}


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"])))
def test_every_label_comes_back_from_its_cell(label: str):
    assert cell_text(text_cell(label)) == label


@given(st.lists(st.text("ä=+-@',;\"\n\t a"), min_size=1))
def test_every_label_comes_back_from_the_file(labels: list[str]):
    assert [cell_text(row["label"]) for row in rows(landmark_table(with_labels(*labels)))] == labels


def test_a_negative_number_stays_a_number():
    assert float(statistic("deformation", "jacobian_min")) == pytest.approx(-0.3)


def test_statistics_of_check_pairs_are_those_of_the_evidence():
    found = evidence().landmarks.statistics("check", "after")
    before = evidence().landmarks.statistics("check", "before")
    assert found
    assert before
    assert found.mean_interval_mm
    group = "check landmarks (TRE)"
    assert statistic(group, "n") == "15"
    assert statistic(group, "mean", "before") == f"{before.mean_mm:.6g}"
    expected = {
        "mean": found.mean_mm,
        "mean_ci95_low": found.mean_interval_mm[0],
        "mean_ci95_high": found.mean_interval_mm[1],
        "rms": found.rms_mm,
        "sd": found.sd_mm,
        "median": found.median_mm,
        "p95": found.p95_mm,
        "max": found.max_mm,
    }
    assert {name: statistic(group, name) for name in expected} == {name: f"{x:.6g}" for name, x in expected.items()}


def test_statistics_never_mix_driving_and_check_pairs():
    drive = evidence().landmarks.statistics("drive", "after")
    assert drive
    assert statistic("driving landmarks (FRE)", "mean") == f"{drive.mean_mm:.6g}"
    assert statistic("left-out landmarks (TRE)", "mean") == "1.8"


def test_statistics_hold_everything_else_with_its_unit():
    found = {(row["group"], row["measure"]): (row["before"], row["after"], row["unit"]) for row in all_statistics()}
    assert found["grey values", "ncc"] == ("0.61", "0.86", "")
    assert found["grey values", "msd"] == ("5321", "1844", "squared grey values")
    assert found["consistency there and back", "p95"] == ("", "1.2", "mm")
    assert found["consistency there and back", "outside"] == ("", "1.25", "percent")
    assert found["deformation", "folded"] == ("", "0.03", "percent")
    assert found["uncertainty", "sd_p95"] == ("", "0.62", "mm")
    assert found["uncertainty", "runs"] == ("", "3", "")


def test_a_linear_transform_has_no_share_of_folding():
    found = evidence().deformation
    assert found
    table = statistics_table(replace(evidence(), deformation=replace(found, is_linear=True)))
    assert "folded" not in {row["measure"] for row in rows(table)}


def test_a_distance_that_could_not_be_measured_is_an_empty_cell():
    before, after = rows(structure_table(evidence()))[-2:]
    assert (before["when"], after["when"]) == ("before", "after")
    assert (after["dice"], after["mean_distance_mm"], after["hd95_mm"], after["max_distance_mm"]) == ("0", "", "", "")


def test_structures_have_every_measure_before_and_after():
    first, second = rows(structure_table(evidence()))[:2]
    assert list(first.values()) == [*["left hippocampus"] * 2, "before", "0.61", "0.44", "1.84", "4.2", "7.1", "1.1"]
    assert list(second.values())[2:] == ["after", "0.86", "0.754", "0.62", "1.4", "3.2", "1.02"]


def test_without_evidence_there_is_no_table():
    assert report_tables(EMPTY.evidence) == {}
    assert set(report_tables(evidence())) == set(TABLE_FILES)


def test_letters_beyond_ascii_come_back_and_are_marked_as_utf_8(tmp_path: Path):
    (path,) = write_tables({"landmarks.csv": landmark_table(with_labels("Läsion 脳"))}, tmp_path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbflabel,")
    with path.open(newline="", encoding="utf-8-sig") as file:
        assert [row["label"] for row in csv.DictReader(file)] == ["Läsion 脳"]


def test_a_table_of_plain_letters_has_no_mark_that_a_script_would_trip_over(tmp_path: Path):
    (path,) = write_tables({"landmarks.csv": landmark_table(with_labels("AC"))}, tmp_path)
    assert path.read_bytes() == b"label,role,before_mm,after_mm\r\nAC,check,2.0000,1.0000\r\n"


def test_a_label_that_no_file_can_hold_is_written_all_the_same(tmp_path: Path):
    (path,) = write_tables({"landmarks.csv": landmark_table(with_labels("a\ud800\x00b"))}, tmp_path)
    assert "a��b,check" in path.read_text(encoding="utf-8-sig")
