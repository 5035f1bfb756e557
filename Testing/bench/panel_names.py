"""Check the names that the source of a panel uses, also on lines that no test runs.

Seen are ``ui.<widget>.<name>`` (also of ``self.ui`` and ``self._ui``), ``ui.<widget>.connect("signal(...)")``,
``qt.<name>``, ``ctk.<name>``, ``slicer.app.<name>`` and ``slicer.util.<name>``. A widget that is first put into another
variable is followed only where that variable is given as an alias.
"""

from __future__ import annotations

import ast
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

from .slicer_names import has_name, widget_api


def foreign_names(source: str, form: str, aliases: dict[str, str] | None = None) -> list[str]:
    """Return every use of a name that Slicer has not, as ``line 12: qt.QLabel has no nosuch``.

    :param source: the text of the Python file.
    :param form: the text of its .ui file.
    :param aliases: other names of widgets in the source, as ``{"_table": "landmarkTable"}`` for ``self._table``.
    """
    widgets = {element.get("name", ""): element.get("class", "") for element in form_widgets(form)}
    found = {
        (node.lineno, problem)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute | ast.Call)
        for problem in problems_of(node, widgets, aliases or {})
    }
    return [f"line {line}: {problem}" for line, problem in sorted(found)]


def form_widgets(form: str) -> Iterator[ElementTree.Element]:
    """Yield the widgets of a .ui file."""
    yield from ElementTree.fromstring(form).iter("widget")  # noqa: S314


def problems_of(node: ast.Attribute | ast.Call, widgets: dict[str, str], aliases: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with one attribute or call."""
    if isinstance(node, ast.Call):
        yield from signal_problems(node, widgets, aliases)
        return
    names = plain_chain(node, aliases)
    if len(names) == 2 and names[0] in ("qt", "ctk") and names[1] not in widget_api()[names[0]]["names"]:
        yield f"{names[0]} has no {names[1]}"
    elif len(names) == 4 and names[0] == "qt" and names[2][:1].isupper():
        yield f"{'.'.join(names)} names an enumeration that only PySide has"
    elif len(names) == 3 and names[0] == "slicer" and f"slicer.{names[1]}" in widget_api():
        if not has_name(f"slicer.{names[1]}", names[2]):
            yield f"slicer.{names[1]} has no {names[2]}"
    elif len(names) == 3 and names[0] == "ui":
        yield from widget_problems(names[1], names[2], widgets)


def widget_problems(widget: str, name: str, widgets: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with ``ui.<widget>.<name>``."""
    if widget not in widgets:
        yield f"the form has no {widget}"
    elif widgets[widget] not in widget_api():
        yield f"there are no facts of {widgets[widget]}"
    elif not has_name(widgets[widget], name):
        yield f"{widgets[widget]} ({widget}) has no {name}"


def signal_problems(node: ast.Call, widgets: dict[str, str], aliases: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with ``ui.<widget>.connect("signal(...)", slot)``."""
    names = plain_chain(node.func, aliases)
    if len(names) != 3 or names[0] != "ui" or names[2] != "connect" or names[1] not in widgets or not node.args:
        return
    first, cls = node.args[0], widgets[names[1]]
    signals = widget_api().get(cls, {}).get("signals", ())
    known = {*signals, *widget_api()["QWidget"]["signals"]}
    if isinstance(first, ast.Constant) and str(first.value).replace(" ", "") not in known:
        yield f"{cls} ({names[1]}) has no signal {first.value}"


def plain_chain(node: ast.expr, aliases: dict[str, str]) -> list[str]:
    """Return ``self._ui.a.b``, or ``self.x.b`` where x is another name of the widget a, as ["ui", "a", "b"]."""
    names = chain(node)
    if names[:1] == ["self"]:
        names = names[1:]
    if names[:1] == ["_ui"]:
        names[0] = "ui"
    if names and names[0] in aliases:
        names = ["ui", aliases[names[0]], *names[1:]]
    return names


def chain(node: ast.expr) -> list[str]:
    """Return ``a.b.c`` as ["a", "b", "c"], an empty list for anything else."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute) and (before := chain(node.value)):
        return [*before, node.attr]
    return []
