"""What the widgets of CTK do.

The answers of the real application stand in ``Testing/bench/facts/behaviours.json``.
"""

from __future__ import annotations

import ctk
import qt

from .recording import Recorder, probe, process_events


@probe("ctkCollapsibleButton collapse")
def ctk_collapsible_button_collapse():
    b = ctk.ctkCollapsibleButton()
    b.text = "x"
    l = qt.QFormLayout(b)
    e = qt.QLineEdit()
    l.addRow("a", e)
    log = Recorder()
    b.connect("contentsCollapsed(bool)", log)
    tog = Recorder()
    b.connect("toggled(bool)", tog)
    b.show()
    process_events()
    vis0 = e.visible
    b.collapsed = True
    process_events()
    vis1 = e.visible
    e2 = qt.QLineEdit()
    l.addRow("b", e2)
    process_events()
    vis_added = e2.visible
    b.collapsed = False
    process_events()
    vis2 = e.visible
    b.click()
    process_events()
    return (vis0, vis1, vis_added, vis2, b.collapsed, b.checked, list(log), list(tog))


@probe("ctkCollapsibleButton keeps explicitly hidden child")
def ctk_collapsible_button_keeps_explicitly_hidden_child():
    b = ctk.ctkCollapsibleButton()
    l = qt.QFormLayout(b)
    e = qt.QLineEdit()
    e.hide()
    l.addRow("a", e)
    b.show()
    process_events()
    b.collapsed = True
    b.collapsed = False
    process_events()
    return e.visible


@probe("ctkCollapsibleButton collapsed before children")
def ctk_collapsible_button_collapsed_before_children():
    b = ctk.ctkCollapsibleButton()
    b.collapsed = True
    l = qt.QVBoxLayout(b)
    e = qt.QLabel("a")
    l.addWidget(e)
    b.show()
    process_events()
    return (e.visible, e.isVisibleTo(b), e.enabled)


@probe("ctkPathLineEdit paths")
def ctk_path_line_edit_paths():
    p = ctk.ctkPathLineEdit()
    log = Recorder()
    p.currentPathChanged.connect(log)
    vl = Recorder()
    p.validInputChanged.connect(vl)
    p.currentPath = "/tmp"
    p.currentPath = "/nonexistent/x"
    p.currentPath = "/tmp"
    p.setCurrentPath("/tmp")
    p.currentPath = ""
    return (list(log), list(vl), p.currentPath)


probe("ctkPathLineEdit '~'")(
    lambda: (lambda p: (setattr(p, "currentPath", "~"), p.currentPath)[1])(ctk.ctkPathLineEdit())
)
probe("ctkPathLineEdit trailing slash")(
    lambda: (lambda p: (setattr(p, "currentPath", "/tmp/"), p.currentPath)[1])(ctk.ctkPathLineEdit())
)
probe("ctkPathLineEdit None")(
    lambda: (lambda p: (setattr(p, "currentPath", None), p.currentPath)[1])(ctk.ctkPathLineEdit())
)
probe("ctkPathLineEdit filters set")(
    lambda: (lambda p: (setattr(p, "filters", ctk.ctkPathLineEdit.Dirs), p.filters, int(p.filters))[1:])(
        ctk.ctkPathLineEdit()
    )
)
probe("ctkPathLineEdit enum")(lambda: (int(ctk.ctkPathLineEdit.Dirs), int(ctk.ctkPathLineEdit.Files)))
probe("ctkPathLineEdit history")(
    lambda: (
        lambda p: (
            setattr(p, "settingKey", "parityKey"),
            setattr(p, "currentPath", "/tmp"),
            p.addCurrentPathToHistory(),
            p.findChild(qt.QComboBox).count,
        )[3]
    )(ctk.ctkPathLineEdit())
)


@probe("ctkSliderWidget values")
def ctk_slider_widget_values():
    s = ctk.ctkSliderWidget()
    log = Recorder()
    s.connect("valueChanged(double)", log)
    ch = Recorder()
    s.connect("valueIsChanging(double)", ch)
    s.minimum = 0
    s.maximum = 10
    s.singleStep = 0.5
    s.value = 3.14159
    a = s.value
    s.decimals = 3
    s.value = 3.14159
    b = s.value
    s.value = 99
    c = s.value
    s.maximum = 5
    d = s.value
    s.minimum = 6
    e = (s.minimum, s.maximum, s.value)
    return (a, b, c, d, e, list(log), list(ch))


probe("ctkSliderWidget setRange")(
    lambda: (lambda s: (s.setRange(5, 20), s.minimum, s.maximum, s.value)[1:])(ctk.ctkSliderWidget())
)
probe("ctkSliderWidget value int")(
    lambda: (lambda s: (setattr(s, "value", 5), s.value, type(s.value).__name__)[1:])(ctk.ctkSliderWidget())
)
probe("ctkSliderWidget value str")(lambda: (lambda s: (setattr(s, "value", "5"), s.value)[1])(ctk.ctkSliderWidget()))
probe("ctkSliderWidget tracking off")(
    lambda: (lambda s: (setattr(s, "tracking", False), s.tracking, setattr(s, "value", 7), s.value)[1:])(
        ctk.ctkSliderWidget()
    )
)


@probe("ctkDoubleSpinBox")
def ctk_double_spin_box():
    s = ctk.ctkDoubleSpinBox()
    log = Recorder()
    s.connect("valueChanged(double)", log)
    s.value = 3.14159
    a = s.value
    s.value = 1000
    b = s.value
    s.decimals = 4
    s.value = 2.71828
    c = s.value
    return (a, b, c, list(log))


@probe("ctkDirectoryButton")
def ctk_directory_button():
    d = ctk.ctkDirectoryButton()
    log = Recorder()
    d.connect("directoryChanged(QString)", log)
    sel = Recorder()
    d.connect("directorySelected(QString)", sel)
    d.directory = "/tmp"
    d.directory = "/tmp"
    d.directory = "/nonexistent"
    return (d.directory, list(log), list(sel))


@probe("ctkComboBox")
def ctk_combo_box():
    c = ctk.ctkComboBox()
    c.addItems(["a", "b"])
    i0 = c.currentIndex
    c.defaultText = "Pick"
    return (i0, c.currentText, c.currentIndex, c.defaultText)
