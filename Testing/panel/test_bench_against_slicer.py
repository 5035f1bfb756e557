"""The bench is held against the real application: the names of its classes and what they answer.

The facts were recorded in Slicer (main of 2026-08, PythonQt, Qt 5.15) and stand in ``Testing/bench/facts``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from architecture.rules import function_length_violations

FOLDER = Path(__file__).resolve().parents[1] / "bench"
BEHAVIOURS: dict[str, str] = json.loads((FOLDER / "facts" / "behaviours.json").read_text(encoding="utf-8"))
API: dict[str, dict[str, Any]] = json.loads((FOLDER / "facts" / "widget_api.json").read_text(encoding="utf-8"))
STAND_INS = sorted(name for name in API if name.startswith(("ctk", "qMRML")) and name != "ctk")
QT_CLASSES = sorted(name for name in API if name.startswith("Q"))

# Slicer returns False or a plain value; the bench raises AttributeError, so that a test finds the mistake.
STRICTER = {
    "connect bad signal",
    "connect bad args",
    "nodecombo connect bad",
    "nodecombo connect no-arg sig",
    "combo connect('currentIndexChanged(QString)')",  # gone in Qt 6
    "ctkComboBox.defaultIcon",
    "ctkCheckBox.indicatorIcon",
    "app.pythonConsole()",
    "app.commandOptions().testingEnabled",
}
# Other answers that a panel can live with; README.md says what follows from them.
DIFFERENT = {
    "enum eq": "the name of the class of a flag",
    "enum or": "flags stay flags, equal to their number",
    "enum or type": "flags stay flags, equal to their number",
    "QSizePolicy": "an enumeration from a method, equal to its number",
    "qt.QEvent.type": "an enumeration from a method, equal to its number",
    "QDialogButtonBox flags": "Slicer drops the flags that the constructor is given",
    "size prop": "how a value prints",
    "QColor": "how a value prints",
    "QRect": "how a value prints",
    "dynamicPropertyNames": "how a value prints",
    "qobject repr": "how an object prints",
    "app.testingEnabled()": "the bench runs as with --testing",
}


@pytest.fixture(scope="session")
def answers(started_bench: Any) -> dict[str, str]:
    """What the bench answers to every probe; asked once, in the order in which Slicer was asked."""
    return dict(started_bench.run(ask_everything))


def ask_everything() -> dict[str, str]:
    import ctk
    import slicer

    from panel.probes import application, ctk_widgets, node_selector, panel_widgets, python_manners
    from panel.probes.recording import answer_of, probes

    assert all((application, ctk_widgets, node_selector, panel_widgets, python_manners))
    found = {name: answer_of(probe) for name, probe in probes.items()}
    for name in BEHAVIOURS.keys() - found.keys():
        what, _, class_name = name.rpartition(" ")
        class_name = class_name.split(".")[0].split("(")[0]
        cls: Any = getattr(ctk if class_name.startswith("ctk") else slicer, class_name)
        found[name] = answer_of(lambda name=name, cls=cls, what=what: about_class(name, cls, what))
    return found


def about_class(name: str, cls: Any, what: str) -> Any:
    """Answer the questions that were asked of every class of widgets."""
    import qt

    if what == "class":
        return cls() is not None
    if name.endswith("(parent)"):
        return type(cls(qt.QWidget())).__name__
    if name.endswith("('text')"):
        return cls("abc").text
    attribute = name.split(".")[1]
    widget = cls()
    return widget.className() if attribute == "className()" else getattr(widget, attribute)


def agrees(real: str, found: str) -> bool:
    """Return whether two answers are the same; of exceptions the type counts."""
    if real == "ok":
        return found == "True"
    if real.startswith("!"):
        return real.split(":")[0] == found.split(":")[0]
    return real == found


@pytest.mark.parametrize("name", sorted(BEHAVIOURS.keys() - STRICTER - DIFFERENT.keys()))
def test_the_bench_answers_as_slicer_does(answers: dict[str, str], name: str):
    assert agrees(BEHAVIOURS[name], answers[name]), f"Slicer: {BEHAVIOURS[name]}\nbench:  {answers[name]}"


@pytest.mark.parametrize("name", sorted(STRICTER))
def test_where_the_bench_is_stricter_it_raises(answers: dict[str, str], name: str):
    assert answers[name].startswith("!AttributeError"), answers[name]


@pytest.mark.parametrize("name", sorted(DIFFERENT))
def test_a_difference_that_is_gone_is_no_longer_listed(answers: dict[str, str], name: str):
    assert not agrees(BEHAVIOURS[name], answers[name])


@pytest.mark.parametrize("class_name", STAND_INS + QT_CLASSES)
def test_no_class_offers_a_name_that_slicers_class_lacks(slicer_bench: Any, class_name: str):
    import ctk
    import qt
    import slicer

    from bench.refusals import CALLED_BACK
    from bench.slicer_names import INTERNAL_NAMES, has_name

    module = ctk if class_name.startswith("ctk") else slicer if class_name.startswith("q") else qt
    cls = getattr(module, class_name)
    foreign = {name for name in dir(cls) if not has_name(class_name, name)} - CALLED_BACK - INTERNAL_NAMES
    offered = {name for name in foreign if hasattr(cls, name) and not name.endswith(("Event", "Notify", "_"))}
    assert offered == set()


@pytest.mark.parametrize("class_name", STAND_INS)
def test_a_stand_in_has_only_properties_and_signals_of_slicers_class(slicer_bench: Any, class_name: str):
    from bench.signals import PythonSignal
    from bench.stand_in import stand_ins

    cls: Any = stand_ins[class_name]
    assert set(cls._qt_properties) <= set(API[class_name]["properties"])
    signatures = {one for found in vars(cls).values() if isinstance(found, PythonSignal) for one in found.signatures}
    assert signatures <= set(API[class_name]["signals"])


@pytest.mark.parametrize(
    "line",
    [
        "qt.QFormLayout().setRowVisible(0, True)",  # Qt 6
        "qt.QCheckBox().checkStateChanged.connect(print)",  # Qt 6
        "qt.QCheckBox().connect('checkStateChanged(Qt::CheckState)', print)",
        "qt.QPixmap(2, 2).deviceIndependentSize()",  # Qt 6
        "qt.QLabel().nosuch",
        "qt.QTableWidget(1, 1).nosuch",
        "qt.Signal_",
        "ctk.ctkSliderWidget().setRange(0, 1)",
        "ctk.ctkCollapsibleButton().setCollapsed(True)",
        "slicer.qMRMLNodeComboBox().setNodeTypes(['vtkMRMLModelNode'])",
        "slicer.qMRMLNodeComboBox().nodes()",
        "slicer.qMRMLNodeComboBox().currentNodeChange.connect(print)",
        "slicer.qSlicerWidget().mrmlScene()",
        "slicer.app.patchVersion",
        "slicer.app.nosuch",
        "setattr(qt.QLabel(), 'nosuch', 1)",
        "setattr(ctk.ctkPathLineEdit(), 'path', '/')",
        "setattr(ctk.ctkSliderWidget(), 'value', '5')",
    ],
)
def test_what_slicer_has_not_fails_with_an_attribute_error(slicer_bench: Any, line: str):
    import ctk
    import qt
    import slicer

    with pytest.raises(AttributeError):
        eval(line, {"qt": qt, "ctk": ctk, "slicer": slicer})  # noqa: S307


def test_what_a_painter_draws_can_be_shown_in_a_label(slicer_bench: Any):
    import qt

    picture = qt.QPixmap(40, 20)
    picture.fill(qt.QColor(255, 255, 255))
    painter = qt.QPainter(picture)
    painter.setPen(qt.QPen(qt.QColor(255, 0, 0), 2))
    painter.drawLine(0, 10, 40, 10)
    painter.end()
    label = qt.QLabel()
    label.setPixmap(picture)
    assert qt.QColor(picture.toImage().pixel(20, 10)).name() == "#ff0000"


def test_a_wrong_property_or_class_in_a_form_is_reported(slicer_bench: Any, tmp_path: Path):
    import slicer

    form = '<ui version="4.0"><class>F</class><widget class="{}" name="F">{}</widget></ui>'
    wrong = [
        ("ctkSliderWidget", '<property name="maximumm"><double>3</double></property>', "no property maximumm"),
        ("ctkNoSuchWidget", "", "no stand-in"),
    ]
    for class_name, content, message in wrong:
        path = tmp_path / f"{class_name}.ui"
        path.write_text(form.format(class_name, content), encoding="utf-8")
        with pytest.raises(RuntimeError, match=message):
            slicer.util.loadUI(str(path))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_the_bench_keeps_the_length_of_functions_and_names_its_files(path: Path):
    import ast

    assert list(function_length_violations(ast.parse(path.read_text(encoding="utf-8")))) == []
    assert not re.search("util|helper|manager", path.stem)
