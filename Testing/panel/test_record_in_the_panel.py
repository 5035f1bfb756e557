"""The section "Record of the run": what it shows, copies and packs, through the widgets."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from panel.conftest import Pair
from panel.evaluation_seen import loaded
from panel.record_seen import change_record, parameter_text, record_of, result, see_again  # noqa: F401 - a fixture

Wait = Callable[..., None]
HOST = "3D Slicer 5.13.0-2026-08-01"
BUTTONS = ("showRecordButton", "fillFromRecordButton", "copyMethodsButton", "saveSupportButton")
HOSTILE = "<b>bold</b> & <img src=x>"


def enabled(ui: Any) -> list[str]:
    return [name for name in BUTTONS if getattr(ui, name).enabled]


def rows(table: Any) -> list[tuple[str, ...]]:
    items = [[table.item(row, column) for column in range(2)] for row in range(table.rowCount)]
    return [tuple(item.text() for item in row if item is not None) for row in items]


# what is shown


def test_the_record_of_the_last_result_is_offered(ui: Any, landmarked_pair: Pair, wait_until: Wait):
    ui.presetComboBox.currentIndex = ui.presetComboBox.findData("landmarks-rigid")
    ui.recordSection.collapsed = False
    ui.applyButton.click()
    wait_until(lambda: ui.showRecordButton.enabled)
    assert ui.recordedTransformSelector.currentNode() is ui.outputTransformSelector.currentNode()
    assert ui.recordSummaryLabel.text.startswith("Made 20")
    assert f"the preset landmarks-rigid and a fit of the landmarks, in {HOST}." in ui.recordSummaryLabel.text
    assert enabled(ui) == [*BUTTONS]
    assert "to repeat it" in ui.fillFromRecordButton.toolTip
    assert not ui.recordStatusFrame.visible
    assert ui.outcomeFrame.visible
    assert not ui.runSupportButton.visible  # what a support file needs is in the section


def test_a_closed_section_reads_nothing(ui: Any, panel: Any, result: Any, wait_until: Wait):  # noqa: F811
    ui.recordSection.collapsed = True
    change_record(result, made_at="2020-02-02T02:02:02Z")
    wait_until(lambda: panel.panel.record._reading is None)
    assert "2020" not in ui.recordSummaryLabel.text
    ui.recordSection.collapsed = False
    wait_until(lambda: "Made 2020-02-02 02:02:02 UTC" in ui.recordSummaryLabel.text)


def test_without_a_record_nothing_is_offered_and_the_reason_is_said(
    ui: Any, pair: Pair, true_transform: Any, wait_until: Wait
):
    ui.recordSection.collapsed = False
    assert enabled(ui) == []
    assert ui.recordSummaryLabel.text == "Choose a result of ElastixPlus."
    ui.recordedTransformSelector.setCurrentNode(true_transform)
    assert enabled(ui) == []
    assert ui.recordSummaryLabel.text.startswith("Nothing is recorded with this transform.")
    assert "Nothing is recorded" in ui.showRecordButton.toolTip
    true_transform.SetName(HOSTILE)
    loaded("ElastixPlusLib.mrml.stored_record").store_record_text(true_transform, "{}")
    wait_until(lambda: "is no record of a run" in ui.recordSummaryLabel.text)
    assert HOSTILE in ui.recordSummaryLabel.text
    assert HOSTILE not in ui.showRecordButton.toolTip
    assert enabled(ui) == []


def test_the_window_shows_everything_and_names_as_text(
    panel: Any,
    ui: Any,
    result: Any,  # noqa: F811
    wait_until: Wait,
):
    import qt

    name = record_of(result).input("fixed")
    inputs = tuple(
        one if one.role != "fixed" else type(name)(**{**vars(name), "name": HOSTILE})
        for one in record_of(result).inputs
    )
    files = (parameter_text("// first\n", HOSTILE), parameter_text("// second\n"))
    change_record(result, inputs=inputs, parameter_files=files)
    see_again(ui, wait_until)
    result.SetName(HOSTILE)
    ui.showRecordButton.click()
    dialog = panel.panel.record.windows.record
    shown = rows(dialog.table)
    assert any(value == ("Application", HOST) for value in shown)
    assert any(HOSTILE in value for row in shown for value in row)
    assert shown[0][1] == ""
    assert dialog.table.columnSpan(0, 0) == 2
    names = [dialog.parameter_files.names.item(row).text() for row in range(dialog.parameter_files.names.count)]
    assert names == [f"Stage 1: {HOSTILE}", "Stage 2: 0-rigid.txt"]
    assert dialog.parameter_files.text.plainText == "// first\n"
    dialog.parameter_files.names.setCurrentRow(1)
    assert dialog.parameter_files.text.plainText == "// second\n"
    assert dialog.parameter_files.text.readOnly
    labels = [getattr(ui, one) for one in ("recordSummaryLabel", "recordStatusLabel", "exactParametersLabel")]
    assert [label.textFormat for label in labels] == [qt.Qt.PlainText] * 3
    dialog.close_button.click()
    assert not dialog.window.visible


def test_a_transform_that_was_changed_after_the_run_is_said_to_be(ui: Any, result: Any):  # noqa: F811
    import vtk

    said = "This transform was changed after the run."
    assert said not in ui.recordSummaryLabel.text
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(1, 3, 0.2)
    result.ApplyTransformMatrix(matrix)
    assert said in ui.recordSummaryLabel.text
    matrix.Invert()
    result.ApplyTransformMatrix(matrix)
    assert said not in ui.recordSummaryLabel.text


@pytest.mark.parametrize("kind", ["exact", "grid"])
def test_a_scene_brings_the_record_back_and_a_copy_of_the_transform_has_it_too(
    ui: Any,
    panel: Any,
    pair: Pair,
    wait_until: Wait,
    tmp_path: Path,
    kind: str,
):
    import slicer

    made = panel.logic.registerVolumes(
        pair.fixed,
        pair.moving,
        preset="landmarks-thin-plate" if kind == "grid" else "landmarks-rigid",
        outputTransformNode=slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTransformNode", "made"),
        forceDisplacementFieldOutputTransform=kind == "grid",
        fixedLandmarksNode=pair.fixed_landmarks,
        movingLandmarksNode=pair.moving_landmarks,
    )
    copy = slicer.mrmlScene.AddNewNodeByClass(made.transform.GetClassName())
    copy.Copy(made.transform)
    copy.SetName("copy")
    assert panel.logic.recordOf(copy) == made.record
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    for name in ("made", "copy"):
        node = slicer.util.getNode(name)
        assert panel.logic.recordOf(node) == made.record
        assert not loaded("ElastixPlusPanel.record_of_node").was_changed(node, made.record)
    ui.recordSection.collapsed = False
    ui.recordedTransformSelector.setCurrentNode(node)
    wait_until(lambda: ui.showRecordButton.enabled)
    assert "changed after" not in ui.recordSummaryLabel.text


# the text for a publication


def test_a_text_with_its_references_is_put_on_the_clipboard(ui: Any, result: Any):  # noqa: F811
    import slicer

    slicer.app.clipboard().setText("before")
    ui.copyMethodsButton.click()
    text = slicer.app.clipboard().text()
    assert "landmarks" in text
    assert HOST in text
    assert "doi:" in text
    assert "on the clipboard" in ui.recordStatusLabel.text


def test_a_record_that_gives_no_text_leaves_the_clipboard_and_says_why(
    ui: Any,
    result: Any,  # noqa: F811
    wait_until: Wait,
):
    import slicer

    change_record(result, result=None)
    see_again(ui, wait_until)
    slicer.app.clipboard().setText("before")
    ui.copyMethodsButton.click()
    assert slicer.app.clipboard().text() == "before"
    assert "failed" in ui.recordStatusLabel.text


# the support file


def packed(panel: Any, wait_until: Wait) -> Any:
    """The window about the support file when it has collected everything."""
    dialog = panel.panel.record.windows.support
    wait_until(lambda: dialog.save_button.enabled)
    return dialog


def test_a_support_file_is_shown_before_it_is_written(
    panel: Any,
    ui: Any,
    result: Any,  # noqa: F811
    wait_until: Wait,
    tmp_path: Path,
):
    ui.saveSupportButton.click()
    dialog = packed(panel, wait_until)
    names = [dialog.files.names.item(row).text() for row in range(dialog.files.names.count)]
    assert "record.json" in names
    dialog.files.names.setCurrentRow(names.index("record.json"))
    assert '"landmarks-rigid"' in dialog.files.text.plainText
    dialog.ask = lambda _parent: ""
    dialog.save_button.click()
    assert dialog.status_label.text == ""
    target = tmp_path / "packed.zip"
    dialog.ask = lambda _parent: str(target)
    dialog.save_button.click()
    wait_until(lambda: dialog.status_label.text == f"Saved as {target}")
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == names
    dialog.ask = lambda _parent: str(tmp_path / "missing" / "packed.zip")
    dialog.save_button.click()
    wait_until(lambda: "could not be written" in dialog.status_label.text)
    assert dialog.save_button.enabled
    dialog.close_button.click()


@pytest.fixture
def failure(tmp_path: Path) -> Any:
    """An error of elastix with a log, which names people, in a folder that is kept."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "console.txt").write_text("elastix ended. Quibble was here, and Zebulon\n")
    errors = loaded("ElastixPlusLib.errors")
    return errors.ElastixFailedError("It failed.", "Try again.", 1, tmp_path / "run" / "console.txt")


def keep_record_of(failure: Any, result: Any) -> None:  # noqa: F811
    """Write the record of a run that failed, otherwise that of a result, into the folder of its log."""
    failed = loaded("ElastixPlusLib.recording").failed_record(record_of(result), failure)
    loaded("ElastixPlusLib.record.record_file").write_record(failed, failure.log_path.parent / "record.json")


def test_words_that_the_user_names_are_taken_out_of_the_support_file(
    panel: Any,
    ui: Any,
    result: Any,  # noqa: F811
    failure: Any,
    wait_until: Wait,
    tmp_path: Path,
):
    keep_record_of(failure, result)
    panel.panel._run_view.show_error(failure)
    ui.runSupportButton.click()
    dialog = packed(panel, wait_until)
    assert "Quibble was here" in dict(dialog.files._texts)["console.txt"]
    dialog.names_edit.text = " Quibble,, Zebulon"
    dialog.names_edit.editingFinished.emit()
    assert not dialog.save_button.enabled  # what was shown cannot be saved any more
    packed(panel, wait_until)
    shown = dict(dialog.files._texts)["console.txt"]
    assert "was here" in shown
    assert "Quibble" not in shown
    assert "Zebulon" not in shown
    target = tmp_path / "packed.zip"
    dialog.ask = lambda _parent: str(target)
    dialog.save_button.click()
    wait_until(target.is_file)
    with zipfile.ZipFile(target) as archive:
        assert b"Quibble" not in archive.read("console.txt")
    ui.runSupportButton.click()
    assert dialog.names_edit.text == ""  # another look begins anew
    packed(panel, wait_until)
    assert "Quibble was here" in dict(dialog.files._texts)["console.txt"]
    dialog.close_button.click()


def test_a_failed_run_offers_a_support_file_of_its_folder(
    panel: Any,
    ui: Any,
    result: Any,  # noqa: F811
    failure: Any,
    wait_until: Wait,
    tmp_path: Path,
):
    panel.panel._run_view.show_error(failure)
    assert not ui.runSupportButton.visible  # there is no record yet
    keep_record_of(failure, result)
    panel.panel._run_view.show_error(failure)
    ui.runSupportButton.click()
    dialog = packed(panel, wait_until)
    texts = {name: text for name, text in dialog.files._texts}
    assert "It failed." in texts["record.json"]
    assert any("elastix ended" in text for text in texts.values())
    (tmp_path / "run" / "record.json").unlink()
    ui.runSupportButton.click()
    wait_until(lambda: "There is no record" in dialog.status_label.text)
    assert not dialog.save_button.enabled
    dialog.close_button.click()
