"""Presets, own parameter files, engine, outputs, start: what is chosen in the panel is what the registration gets."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import phantoms
from cli.conftest import QUICK_RIGID
from ElastixPlusLib.presets import list_presets
from ElastixPlusLib.presets.description import describe
from ElastixPlusLib.presets.finding import general
from panel.conftest import FEW_ITERATIONS, Pair

Wait = Callable[..., None]
CLICKS = {"fixedVolumeSelector": "fixed", "movingVolumeSelector": "moving"}


@pytest.fixture
def request_of_apply(panel: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Press Apply and take the request from the logic instead of running it."""
    taken: list[Any] = []
    monkeypatch.setattr(panel.logic, "startRegistration", lambda *arguments: taken.append(arguments))

    def press() -> Any:
        assert panel.ui.applyButton.enabled, panel.ui.applyHintLabel.text
        panel.ui.applyButton.click()
        request, callbacks = taken.pop()
        callbacks.on_cancelled()
        return request

    return press


def apply(ui: Any, wait_until: Wait) -> str:
    ui.overridesEdit.setPlainText(FEW_ITERATIONS)
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    return str(ui.outcomeLabel.text)


def choose(combo_box: Any, text: str) -> None:
    row = combo_box.findText(text)
    assert row >= 0, [combo_box.itemText(one) for one in range(combo_box.count)]
    combo_box.currentIndex = row


def offered(ui: Any) -> list[str]:
    return [ui.presetComboBox.itemData(row) for row in range(ui.presetComboBox.count)]


# presets


def test_a_preset_says_in_one_line_what_it_does(ui: Any):
    for preset in (*general(list_presets()), *list_presets()[::10]):
        ui.presetComboBox.currentIndex = ui.presetComboBox.findData(preset.id)
        assert ui.presetSummaryLabel.text == describe(preset)


def test_words_that_no_preset_has_leave_the_chosen_one_and_return_chooses_nothing(panel: Any, ui: Any):
    ui.presetComboBox.currentIndex = ui.presetComboBox.findData("rigid")
    ui.presetSearchBox.text = "xylophone"
    assert offered(ui) == ["rigid"]
    assert "0 of" in ui.presetSummaryLabel.text
    ui.presetSearchBox.returnPressed.emit()
    assert panel.panel.parameter_node.GetParameter("preset") == "rigid"
    ui.presetSearchBox.text = ""
    assert len(offered(ui)) >= 3
    assert ui.presetComboBox.itemData(ui.presetComboBox.currentIndex) == "rigid"


def test_searching_changes_no_choice(panel: Any, ui: Any):
    before = panel.panel.parameter_node.GetParameter("preset")
    for text in ("a", "af", "aff", "rigid", ""):
        ui.presetSearchBox.text = text
        assert panel.panel.parameter_node.GetParameter("preset") == before


def test_the_chosen_preset_is_the_one_that_is_run(ui: Any, chosen_pair: Pair, request_of_apply: Callable[[], Any]):
    ui.presetComboBox.currentIndex = ui.presetComboBox.findData("affine")
    assert request_of_apply().preset == "affine"


def test_a_preset_that_is_not_installed_here_is_an_error_in_words_and_another_one_can_be_chosen(
    panel: Any, ui: Any, chosen_pair: Pair, wait_until: Wait
):
    panel.panel.parameter_node.SetParameter("preset", "xylophone")
    assert ui.presetComboBox.currentIndex == -1
    what, remedy = apply(ui, wait_until).split("\n")
    assert what == 'There is no preset "xylophone".'
    assert remedy.startswith("Choose one of: ")
    ui.presetComboBox.currentIndex = ui.presetComboBox.findData("rigid")
    assert "xylophone" not in ui.presetSummaryLabel.text
    assert panel.panel.parameter_node.GetParameter("preset") == "rigid"


# own parameter files


def add_files(panel: Any, *paths: object) -> None:
    panel.panel.parameter_files.ask = lambda _parent: tuple(str(path) for path in paths)
    panel.ui.addParameterFilesButton.click()


def test_own_files_run_in_the_order_in_which_they_were_added(
    panel: Any, ui: Any, chosen_pair: Pair, request_of_apply: Callable[[], Any]
):
    add_files(panel, "z/rigid.txt", "a/spline.txt")
    add_files(panel)  # the dialog was cancelled
    add_files(panel, "m/rigid.txt")
    assert request_of_apply().parameter_files == (Path("z/rigid.txt"), Path("a/spline.txt"), Path("m/rigid.txt"))
    assert ui.parameterFilesList.toolTip.splitlines()[1:] == ["z/rigid.txt", "a/spline.txt", "m/rigid.txt"]
    ui.parameterFilesList.setCurrentRow(1)
    ui.removeParameterFileButton.click()
    assert request_of_apply().parameter_files == (Path("z/rigid.txt"), Path("m/rigid.txt"))


@pytest.mark.native_engine
def test_own_files_are_what_elastix_runs(panel: Any, ui: Any, chosen_pair: Pair, wait_until: Wait, tmp_path: Path):
    for name in ("first.txt", "second.txt"):
        (tmp_path / name).write_text(QUICK_RIGID)
    add_files(panel, tmp_path / "first.txt", tmp_path / "second.txt")
    ui.applyButton.click()
    stages = set()

    def has_ended() -> bool:
        stages.add(ui.progressLabel.text.split(",")[0])
        return bool(ui.applyButton.text == "Apply")

    wait_until(has_ended)
    assert {"Stage 1 of 2", "Stage 2 of 2"} <= stages
    assert "Done in" in ui.outcomeLabel.text


def test_an_own_file_that_is_not_there_is_an_error_in_words(
    panel: Any, ui: Any, chosen_pair: Pair, wait_until: Wait, tmp_path: Path
):
    add_files(panel, tmp_path / "gone.txt")
    assert "gone.txt" in apply(ui, wait_until)
    assert "\n" in ui.outcomeLabel.text
    assert not ui.showLogButton.visible


# engine


@pytest.fixture
def own_engine(ui: Any, slicer_bench: Any) -> Any:
    """Name an own executable; the setting is empty again afterwards."""

    def name_path(path: object) -> None:
        choose(ui.engineComboBox, "own executable:")
        ui.enginePathEdit.currentPath = str(path)

    def forget() -> None:
        ui.enginePathEdit.currentPath = ""

    yield name_path
    slicer_bench.run(forget)


def make_program(path: Path, answer: str) -> Path:
    """An executable that answers something to --version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


@pytest.mark.native_engine
def test_check_says_name_version_and_path_of_the_engine(ui: Any, native_engine_path: Path):
    ui.checkEngineButton.click()
    text = ui.engineStatusLabel.text
    assert text.startswith("elastix 5")
    assert text.endswith(str(native_engine_path))


@pytest.mark.itk_engine
def test_check_tells_of_the_python_package_if_that_is_chosen(ui: Any):
    choose(ui.engineComboBox, "itk-elastix (Python package)")
    ui.checkEngineButton.click()
    assert ui.engineStatusLabel.text.startswith("itk-elastix 0.")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for elastix")
def test_the_own_executable_is_checked_and_run(
    ui: Any, chosen_pair: Pair, own_engine: Any, tmp_path: Path, request_of_apply: Callable[[], Any]
):
    program = make_program(tmp_path / "bin" / "elastix", "elastix version: 5.2.0")
    own_engine(program)
    ui.checkEngineButton.click()
    assert ui.engineStatusLabel.text == f"elastix 5.2.0: {program}"
    assert str(request_of_apply().engine) == str(program)
    choose(ui.engineComboBox, "automatic")
    assert request_of_apply().engine == "auto"
    assert not ui.engineStatusLabel.text, "it was about another engine"


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for elastix")
@pytest.mark.parametrize(
    ("make", "cause", "remedy"),
    [
        (lambda path: None, "does not exist", "Correct the path"),
        (lambda path: path.write_text("elastix"), "has no permission to be run", "Make it executable"),
        (lambda path: make_program(path, "hello"), "elastix", "Name the elastix executable itself"),
        (lambda path: make_program(path, "elastix version: 4.9.0"), "4.9.0", "Install elastix"),
    ],
)
def test_a_wrong_path_is_said_with_cause_and_remedy_by_check_and_by_apply(
    ui: Any,
    chosen_pair: Pair,
    own_engine: Any,
    wait_until: Wait,
    tmp_path: Path,
    make: Callable[[Path], object],
    cause: str,
    remedy: str,
):
    make(tmp_path / "program")
    own_engine(tmp_path / "program")
    ui.checkEngineButton.click()
    checked = ui.engineStatusLabel.text
    assert cause in checked
    assert remedy in checked
    assert apply(ui, wait_until).replace("\n", " ") == checked


def test_no_parameter_of_the_scene_holds_the_path_of_the_own_executable(
    panel: Any, ui: Any, own_engine: Any, tmp_path: Path
):
    import qt
    import slicer

    own_engine(tmp_path / "elastix")
    assert qt.QSettings().value("ElastixPlus/ElastixPath") == str(tmp_path / "elastix")
    assert slicer.util.saveScene(str(tmp_path / "scene.mrml"))
    assert str(tmp_path / "elastix") not in (tmp_path / "scene.mrml").read_text()


def fake_extension(root: Path, layout: str) -> tuple[Path, Path]:
    """Lay out SlicerElastix as it is installed or built: its script, and the only elastix in it."""
    scripts = root / "lib" / "Slicer-5.10" / "qt-scripted-modules"
    program = {
        "beside": scripts.parent / "elastix",
        "bin": root / "bin" / "elastix",
        "build": root.parent / "bin" / "elastix",
        **{
            kind: root.parent / "bin" / kind / "elastix"
            for kind in ("Release", "Debug", "RelWithDebInfo", "MinSizeRel")
        },
    }[layout]
    scripts.mkdir(parents=True)
    (scripts / "Elastix.py").touch()
    return scripts / "Elastix.py", make_program(program, "elastix version: 5.1.0")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for elastix")
@pytest.mark.parametrize("layout", ["beside", "bin", "build", "Release", "Debug", "RelWithDebInfo", "MinSizeRel"])
def test_the_elastix_of_the_slicer_elastix_extension_comes_before_the_one_of_the_system(
    ui: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str
):
    import slicer

    script, program = fake_extension(tmp_path / "Elastix" / "inner", layout)
    monkeypatch.setattr(slicer.modules, "elastix", SimpleNamespace(path=str(script)), raising=False)
    monkeypatch.delenv("ELASTIXPLUS_ELASTIX", raising=False)
    ui.checkEngineButton.click()
    assert ui.engineStatusLabel.text == f"elastix 5.1.0: {program}"


@pytest.mark.native_engine
def test_an_extension_without_its_elastix_is_no_hindrance(ui: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import slicer

    module = SimpleNamespace(path=str(tmp_path / "gone" / "Elastix.py"))
    monkeypatch.setattr(slicer.modules, "elastix", module, raising=False)
    ui.checkEngineButton.click()
    assert ui.engineStatusLabel.text.startswith("elastix 5")


# numbers, outputs and the start


def test_numbers_and_kinds_reach_the_request(ui: Any, chosen_pair: Pair, request_of_apply: Callable[[], Any]):
    untouched = request_of_apply()
    assert (untouched.landmark_weight, untouched.threads, untouched.transform_kind) == ("balanced", None, "exact")
    assert (untouched.mask_edge, untouched.initial, untouched.keep_workspace) == ("auto", "auto", False)
    assert (untouched.crop, untouched.despite_findings) == ("auto", False)
    choose(ui.strengthComboBox, "own weight")
    ui.ownWeightSpinBox.value = 0.25
    choose(ui.transformKindComboBox, "displacement field")
    choose(ui.maskEdgeComboBox, "valid data")
    choose(ui.startComboBox, "centres of the volumes")
    choose(ui.cropComboBox, "to what both show")
    choose(ui.engineComboBox, "itk-elastix (Python package)")
    ui.threadsSpinBox.value = 3
    ui.maskMarginSpinBox.value = -2.5
    ui.keepFilesCheckBox.click()
    ui.skipUnusableCheckBox.click()
    request = request_of_apply()
    assert (request.landmark_weight, request.threads, request.transform_kind) == (0.25, 3, "grid")
    assert (request.mask_edge, request.initial, request.keep_workspace) == ("artificial", "centers", True)
    assert (request.engine, request.mask_margin_mm, request.skip_unusable_landmarks) == ("itk", -2.5, True)
    assert request.crop == "overlap"


def test_the_own_weight_is_seen_only_where_it_counts(ui: Any, chosen_pair: Pair):
    assert not ui.ownWeightSpinBox.visible
    choose(ui.strengthComboBox, "own weight")
    assert ui.ownWeightSpinBox.visible
    choose(ui.strengthComboBox, "firm")
    assert not ui.ownWeightSpinBox.visible


@pytest.mark.native_engine
def test_a_registration_starts_from_the_chosen_transform(ui: Any, chosen_pair: Pair, wait_until: Wait):
    import slicer

    away = phantoms.add_linear_transform(slicer.mrmlScene, phantoms.shift(500.0, 0, 0))
    choose(ui.startComboBox, "a transform:")
    assert not ui.applyButton.enabled
    ui.initialTransformSelector.setCurrentNode(away)
    assert ui.applyButton.enabled
    apply(ui, wait_until)
    assert "Nothing was run" in ui.findingsLabel.text
    ui.runAnywayButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    assert "do not overlap" in ui.outcomeLabel.text
    choose(ui.startComboBox, "as loaded")
    assert "Done in" in apply(ui, wait_until)


@pytest.mark.native_engine
def test_a_displacement_field_is_stored_if_it_is_chosen(ui: Any, chosen_pair: Pair, wait_until: Wait):
    choose(ui.transformKindComboBox, "displacement field")
    assert "Done in" in apply(ui, wait_until)
    assert ui.outputTransformSelector.currentNode().IsA("vtkMRMLGridTransformNode")


# Apply


def test_nothing_is_chosen_when_volumes_are_loaded_one_after_the_other(panel: Any, ui: Any):
    import slicer

    selectors = [getattr(ui, name) for name in CLICKS]
    for number in range(3):
        phantoms.add_anatomy(slicer.mrmlScene, (6, 6, 6), name=f"volume {number}")
        slicer.app.processEvents()
        panel.parent.exit()
        panel.parent.enter()
        assert [selector.currentNode() for selector in selectors] == [None, None]
        assert not ui.applyButton.enabled
        assert "fixed volume" in ui.applyHintLabel.text


@pytest.mark.parametrize("role", ["fixed", "moving"])
def test_apply_is_disabled_when_a_chosen_volume_leaves_the_scene_and_no_other_one_takes_its_place(
    ui: Any, chosen_pair: Pair, role: str
):
    import slicer

    for number in range(2):
        phantoms.add_anatomy(slicer.mrmlScene, (6, 6, 6), name=f"other {number}")
    assert ui.applyButton.enabled
    slicer.mrmlScene.RemoveNode(getattr(chosen_pair, role))
    assert not ui.applyButton.enabled
    assert f"Choose the {role} volume" in ui.applyHintLabel.text
    assert getattr(ui, f"{role}VolumeSelector").currentNode() is None
    getattr(ui, f"{role}VolumeSelector").setCurrentNode(slicer.util.getNode("other 1"))
    assert ui.applyButton.enabled
    assert ui.applyHintLabel.text == ""


def test_the_reason_is_in_the_tool_tip_of_the_button_too(ui: Any, pair: Pair):
    ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
    assert ui.applyButton.toolTip == ui.applyHintLabel.text != ""


def test_swapping_twice_changes_nothing(panel: Any, ui: Any, chosen_pair: Pair):
    node = panel.panel.parameter_node
    before = {name: node.GetParameter(name) for name in node.GetParameterNames()}
    ui.swapButton.click()
    assert ui.fixedVolumeSelector.currentNode() is chosen_pair.moving
    ui.swapButton.click()
    assert ui.fixedVolumeSelector.currentNode() is chosen_pair.fixed
    assert {name: node.GetParameter(name) for name in node.GetParameterNames()} == before
