"""Scripts that read the record of a run, do it again, and pack a support file."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import phantoms
from panel.conftest import Pair
from panel.evaluation_seen import loaded
from panel.record_seen import change_record, record_of, result  # noqa: F401 - a fixture
from panel.test_scripting import error_class

HOST = "3D Slicer 5.13.0-2026-08-01"


def test_the_record_of_a_scripted_run_names_the_application(panel: Any, result: Any, true_transform: Any):  # noqa: F811
    record = panel.logic.recordOf(result)
    assert record.software.host == HOST
    assert record.choices.check_labels == ("3", "6")
    assert panel.logic.recordOf(true_transform) is None


def test_a_run_is_done_again_into_a_new_transform(panel: Any, result: Any):  # noqa: F811
    again = panel.logic.rerunRecord(result)
    assert again.comparison.is_identical
    assert again.comparison.differences == ()
    assert again.result.transform is not result
    assert again.result.record.software.host == HOST
    assert result.GetName() != again.result.transform.GetName()


def test_a_run_is_done_again_from_a_file_with_nodes_that_are_given(
    panel: Any,
    pair: Pair,
    result: Any,  # noqa: F811
    tmp_path: Path,
):
    loaded("ElastixPlusLib.record.record_file").write_record(record_of(result), tmp_path / "knee.record.json")
    pair.moving.SetName("another name")
    with pytest.raises(error_class("RecordError"), match="The run used moving as moving volume, which is not given"):
        panel.logic.rerunRecord(str(tmp_path / "knee.record.json"))
    again = panel.logic.rerunRecord(str(tmp_path / "knee.record.json"), {"moving": pair.moving})
    assert again.comparison.is_identical


def test_other_inputs_are_refused_unless_they_are_asked_for(panel: Any, pair: Pair, result: Any):  # noqa: F811
    pair.moving_landmarks.SetNthControlPointPosition(1, 1.0, 2.0, 3.0)
    with pytest.raises(error_class("RecordError"), match="landmarks are not the same"):
        panel.logic.rerunRecord(result)
    again = panel.logic.rerunRecord(result, despiteDifferences=True)
    assert not again.comparison.is_identical


def test_a_record_does_not_decide_which_program_is_run(result: Any, tmp_path: Path):  # noqa: F811
    program = tmp_path / "elastix"
    program.write_text("came with the record")
    change_record(result, engine=replace(record_of(result).engine, name="elastix", path=str(program)))
    scripting = loaded("ElastixPlusPanel.scripting_record")
    assert scripting.rerun_request(record_of(result), {}).engine == "auto"
    assert scripting.rerun_request(record_of(result), {}, str(program)).engine == str(program)
    change_record(result, engine=replace(record_of(result).engine, name="itk-elastix"))
    assert scripting.rerun_request(record_of(result), {}).engine == "itk"


def test_a_script_packs_a_support_file(panel: Any, pair: Pair, result: Any, true_transform: Any, tmp_path: Path):  # noqa: F811
    target = tmp_path / "packed.zip"
    assert panel.logic.saveSupportBundle(result, str(target)) == target
    with zipfile.ZipFile(target) as archive:
        record = archive.read("record.json").decode()
        assert "3D Slicer 5.13.0" in archive.read("software.txt").decode()
    assert '"landmarks-rigid"' in record
    loaded("ElastixPlusLib.record.record_file").write_record(record_of(result), tmp_path / "record.json")
    panel.logic.saveSupportBundle(str(tmp_path), str(tmp_path / "folder.zip"))
    assert zipfile.is_zipfile(tmp_path / "folder.zip")
    with pytest.raises(error_class("RecordError"), match="Nothing is recorded with the transform theirs"):
        panel.logic.saveSupportBundle(true_transform, str(target))


def test_a_node_whose_name_two_others_have_is_left_to_the_script(panel: Any, pair: Pair, result: Any):  # noqa: F811
    scripting = loaded("ElastixPlusPanel.scripting_record")
    record = record_of(result)
    found = scripting.recorded_nodes(record, pair.fixed.GetScene())
    assert found["fixed"] is pair.fixed
    phantoms.add_anatomy(pair.fixed.GetScene(), name="fixed")
    without_id = replace(record, inputs=tuple(replace(one, node_id="") for one in record.inputs))
    assert "fixed" not in scripting.recorded_nodes(without_id, pair.fixed.GetScene())
