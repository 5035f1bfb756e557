"""How PythonQt shows Qt: properties, signals, enumerations, values.

The answers of the real application stand in ``Testing/bench/facts/behaviours.json``.
"""

from __future__ import annotations

import qt
import slicer

from .recording import Recorder, probe, process_events

button = qt.QPushButton("hello")
probe("call text()")(lambda: button.text())


def assigned(o, n, v):
    setattr(o, n, v)
    return getattr(o, n)


probe("new attr on C++ object")(lambda: assigned(button, "foo", 3))
probe("assign method on C++ object")(lambda: assigned(button, "click", 3))


class Sub(qt.QPushButton):
    def __init__(self):
        qt.QPushButton.__init__(self)
        self.foo = 1


probe("subclass attr")(lambda: Sub().foo)
probe("prop set wrong type (str to int)")(lambda: assigned(qt.QSpinBox(), "value", "7"))
probe("prop set float to int")(lambda: assigned(qt.QSpinBox(), "value", 7.6))
probe("setValue(float) on QSpinBox")(lambda: (lambda s: (s.setValue(7.6), s.value)[1])(qt.QSpinBox()))
probe("text = int")(lambda: assigned(qt.QLabel(), "text", 5))
probe("text = None")(lambda: assigned(qt.QLabel(), "text", None))
probe("setText(None)")(lambda: (lambda s: (s.setText(None), s.text)[1])(qt.QLabel()))
probe("setText(5)")(lambda: (lambda s: (s.setText(5), s.text)[1])(qt.QLabel()))
probe("checked = 1")(lambda: assigned(qt.QCheckBox(), "checked", 1))
probe("checked = None")(lambda: assigned(qt.QCheckBox(), "checked", None))
probe("checked = 'yes'")(lambda: assigned(qt.QCheckBox(), "checked", "yes"))
probe("connect bad signal")(lambda: button.connect("nosuch()", lambda: None))
probe("connect bad args")(lambda: button.connect("clicked(QString)", lambda: None))
probe("connect ok returns")(lambda: button.connect("clicked()", lambda: None))
probe("connect clicked(bool) zero-arg")(lambda: button.connect("clicked(bool)", lambda: None))
probe("w.clicked.connect returns")(lambda: button.clicked.connect(lambda: None))
probe("w.nosuch")(lambda: button.nosuch)


@probe("slot arg counts")
def slot_arg_counts():
    got = []
    b = qt.QCheckBox()

    def f0():
        got.append("f0")

    def f1(a):
        got.append(("f1", a))

    def fv(*a):
        got.append(("fv", a))

    def fd(a=9, b=8):
        got.append(("fd", a, b))

    for f in (f0, f1, fv, fd):
        b.toggled.connect(f)
    b.checked = True
    return got


@probe("slot exception then next")
def slot_exception_then_next():
    got = []
    b = qt.QCheckBox()

    def bad(x):
        raise ValueError("boom")

    b.toggled.connect(bad)
    b.toggled.connect(lambda x: got.append(x))
    b.checked = True
    return got


@probe("slot wants more args")
def slot_wants_more_args():
    got = []
    b = qt.QPushButton()

    def f2(a, b):
        got.append((a, b))

    b.connect("clicked()", f2)
    b.click()
    return got


@probe("disconnect")
def disconnect():
    got = []
    b = qt.QCheckBox()
    f = lambda x: got.append(x)
    b.toggled.connect(f)
    b.checked = True
    r = b.toggled.disconnect(f)
    b.checked = False
    r2 = b.toggled.disconnect(f)
    return (got, r, r2)


probe("disconnect by sig")(
    lambda: (
        lambda b, f: (b.connect("toggled(bool)", f), b.disconnect("toggled(bool)", f), b.disconnect("toggled(bool)", f))
    )(qt.QCheckBox(), lambda x: None)
)


class R:
    def __init__(self):
        self.got = []

    def on(self, *a):
        self.got.append(a)


@probe("double connect, one disconnect")
def double_connect_one_disconnect():
    r = R()
    b = qt.QCheckBox()
    b.toggled.connect(r.on)
    b.toggled.connect(r.on)
    b.checked = True
    n = len(r.got)
    b.toggled.disconnect(r.on)
    b.checked = False
    return (n, len(r.got))


probe("enum eq")(lambda: (qt.Qt.AlignLeft == 1, qt.QMessageBox.Ok == 1024, type(qt.Qt.AlignLeft).__name__))
probe("enum or")(lambda: qt.Qt.AlignLeft | qt.Qt.AlignTop)
probe("enum or type")(lambda: type(qt.Qt.AlignLeft | qt.Qt.AlignTop).__name__)
probe("enum repr")(lambda: str(qt.Qt.AlignLeft))
probe("enum prop type")(lambda: type(qt.QLabel().alignment).__name__)
probe("QSizePolicy")(lambda: qt.QSizePolicy(qt.QSizePolicy.Expanding, qt.QSizePolicy.Fixed).horizontalPolicy())
probe("size prop")(lambda: (lambda q: (q.resize(100, 50), q.size, q.width, q.height)[1:])(qt.QWidget()))
probe("QSize.width()")(lambda: qt.QSize(3, 4).width())
probe("QColor")(lambda: qt.QColor(255, 0, 0))
probe("QColor.red")(lambda: qt.QColor(255, 0, 0).red())
probe("QColor name")(lambda: qt.QColor(255, 0, 0).name())
probe("QRect")(lambda: qt.QRect(1, 2, 3, 4))
probe("QUrl")(lambda: qt.QUrl.fromLocalFile("/tmp/a").toString())
probe("bool(QWidget)")(lambda: bool(qt.QWidget()))
probe("eq wrappers")(
    lambda: (lambda p: (lambda c: (c.parent() == p, c.parentWidget() == p, c.parent() is p))(qt.QWidget(p)))(
        qt.QWidget()
    )
)
probe("isinstance")(
    lambda: (isinstance(button, qt.QPushButton), isinstance(button, qt.QAbstractButton), isinstance(button, qt.QObject))
)
probe("children named")(
    lambda: (lambda p: (lambda c: (setattr(c, "objectName", "kid"), p.kid == c)[1])(qt.QLabel(p)))(qt.QWidget())
)
probe("setProperty dyn")(lambda: (button.setProperty("dyn", 5), button.dyn, button.property("dyn"))[1:])
probe("property missing")(lambda: button.property("nix"))
probe("dynamicPropertyNames")(lambda: button.dynamicPropertyNames())
probe("name alias")(lambda: (setattr(button, "name", "nm"), button.objectName, button.name)[1:])
probe("findChildren(class)")(lambda: (lambda p: (qt.QLabel(p), len(p.findChildren(qt.QLabel)))[1])(qt.QWidget()))
probe("findChildren(str)")(lambda: (lambda p: (qt.QLabel(p), len(p.findChildren("QLabel")))[1])(qt.QWidget()))
probe("findChildren()")(lambda: (lambda p: (qt.QLabel(p), len(p.findChildren()))[1])(qt.QWidget()))
probe("findChild(class,name)")(
    lambda: (lambda p: (lambda c: (c.setObjectName("q"), p.findChild(qt.QLabel, "q") == c)[1])(qt.QLabel(p)))(
        qt.QWidget()
    )
)
probe("findChild none")(lambda: qt.QWidget().findChild(qt.QLabel, "q"))
probe("exec_")(lambda: (hasattr(qt.QDialog(), "exec_"), hasattr(qt.QDialog(), "exec")))
probe("blockSignals")(lambda: (button.blockSignals(True), button.blockSignals(False)))
probe("qobject repr")(lambda: repr(qt.QLabel()).split("(")[0])
probe("deleted use")(lambda: (lambda p: (lambda c: (p.delete(), c.text)[1])(qt.QLabel("x", p)))(qt.QWidget()))
probe("deleteLater name")(lambda: (lambda c: (c.deleteLater(), process_events(), c.text)[2])(qt.QLabel("x")))
probe("QTimer attr")(lambda: (qt.QTimer().interval, qt.QTimer().active, qt.QTimer().isActive()))


@probe("singleShot")
def single_shot():
    got = []
    qt.QTimer.singleShot(0, lambda: got.append(1))
    process_events(10)
    return got


probe("layout() vs property")(lambda: (lambda q: (qt.QVBoxLayout(q), q.layout())[1] is not None)(qt.QWidget()))
probe("QFormLayout addRow")(lambda: (lambda f: (f.addRow("a", qt.QLabel()), f.rowCount())[1])(qt.QFormLayout()))
probe("QComboBox addItem data")(
    lambda: (
        lambda c: (c.addItem("a", 5), c.addItem("b", "x"), c.itemData(0), c.findData("x"), c.currentText, c.count)[2:]
    )(qt.QComboBox())
)
probe("combo itemData dict")(lambda: (lambda c: (c.addItem("a", {"k": [1, 2]}), c.itemData(0))[1])(qt.QComboBox()))
probe("combo itemData obj")(lambda: (lambda c, o: (c.addItem("a", o), c.itemData(0) is o)[1])(qt.QComboBox(), R()))
probe("combo currentIndexChanged overload connect")(
    lambda: (lambda c, l: (c.addItems(["a", "b"]), c.currentIndexChanged.connect(l), c.setCurrentIndex(1), list(l))[3])(
        qt.QComboBox(), Recorder()
    )
)
probe("combo connect('currentIndexChanged(int)')")(
    lambda: (
        lambda c, l: (c.addItems(["a", "b"]), c.connect("currentIndexChanged(int)", l), c.setCurrentIndex(1), list(l))[
            1:
        ]
    )(qt.QComboBox(), Recorder())
)
probe("combo connect('currentIndexChanged(QString)')")(
    lambda: (
        lambda c, l: (
            c.addItems(["a", "b"]),
            c.connect("currentIndexChanged(QString)", l),
            c.setCurrentIndex(1),
            list(l),
        )[1:]
    )(qt.QComboBox(), Recorder())
)
probe("emit via call")(
    lambda: (lambda c, l: (c.connect("clicked(bool)", l), c.clicked(True), list(l))[2])(qt.QPushButton(), Recorder())
)
probe("emit via .emit")(
    lambda: (lambda c, l: (c.connect("clicked(bool)", l), c.clicked.emit(True), list(l))[2])(
        qt.QPushButton(), Recorder()
    )
)
probe("QSettings round")(
    lambda: (
        lambda s: (
            s.setValue("parity/x", 5),
            s.setValue("parity/b", True),
            s.setValue("parity/l", ["a"]),
            s.value("parity/x"),
            s.value("parity/b"),
            s.value("parity/l"),
            s.value("parity/none"),
            s.value("parity/none", "d"),
        )[3:]
    )(qt.QSettings())
)
probe("slicer.app.userSettings()")(lambda: slicer.app.userSettings().value("parity/none2", 7))
probe("QStandardPaths")(lambda: isinstance(qt.QStandardPaths.writableLocation(qt.QStandardPaths.TempLocation), str))
probe("QDir")(lambda: qt.QDir("/tmp").exists())
probe("QFileInfo")(lambda: qt.QFileInfo("/tmp/a.b").suffix())
probe("QProcess")(
    lambda: (lambda p: (p.start("echo", ["hi"]), p.waitForFinished(2000), p.readAllStandardOutput().data())[2])(
        qt.QProcess()
    )
)
probe("QStringList arg tuple")(lambda: (lambda c: (c.addItems(("a", "b")), c.count)[1])(qt.QComboBox()))
probe("stringlist prop type")(lambda: type(slicer.qMRMLNodeComboBox().nodeTypes).__name__)
probe("QTextEdit plainText")(
    lambda: (lambda e: (setattr(e, "plainText", "x\ny"), e.plainText, e.toPlainText())[1:])(qt.QTextEdit())
)
probe("QPlainTextEdit append")(lambda: (lambda e: (e.appendPlainText("x"), e.plainText)[1])(qt.QPlainTextEdit()))
probe("QTableWidget")(
    lambda: (lambda e: (e.setItem(0, 0, qt.QTableWidgetItem("a")), e.item(0, 0).text(), e.rowCount)[1:])(
        qt.QTableWidget(2, 2)
    )
)
probe("QListWidget")(lambda: (lambda e: (e.addItem("a"), e.count, e.item(0).text())[1:])(qt.QListWidget()))
probe("QIcon")(lambda: qt.QIcon().isNull())
probe("QPixmap")(lambda: (qt.QPixmap(3, 4).width(), qt.QPixmap(3, 4).isNull()))
probe("qt.Signal exists")(lambda: hasattr(qt, "Signal"))
probe("qt.Slot exists")(lambda: hasattr(qt, "Slot"))
probe("qt.QShortcut")(lambda: hasattr(qt, "QShortcut"))
probe("qt.QAction")(lambda: type(qt.QAction("x", None)).__name__)
probe("qt.QEvent.type")(lambda: qt.QEvent(qt.QEvent.User).type())
probe("QDialogButtonBox flags")(
    lambda: qt.QDialogButtonBox(qt.QDialogButtonBox.Ok | qt.QDialogButtonBox.Cancel).standardButtons
)
probe("setAttribute")(
    lambda: (lambda q: (q.setAttribute(qt.Qt.WA_DeleteOnClose), q.testAttribute(qt.Qt.WA_DeleteOnClose))[1])(
        qt.QWidget()
    )
)


class Ev(qt.QObject):
    def __init__(self):
        qt.QObject.__init__(self)
        self.n = 0

    def eventFilter(self, o, e):
        self.n += 1
        return False


@probe("eventFilter override")
def event_filter_override():
    e = Ev()
    l = qt.QLabel()
    l.installEventFilter(e)
    l.show()
    process_events()
    return e.n > 0


class VW(qt.QWidget):
    def __init__(self):
        qt.QWidget.__init__(self)
        self.n = 0

    def showEvent(self, e):
        self.n += 1


@probe("virtual override showEvent")
def virtual_override_show_event():
    v = VW()
    v.show()
    process_events()
    return v.n


probe("sender")(lambda: hasattr(button, "sender"))
probe("iter QList")(lambda: type(qt.QWidget().children()).__name__)
probe("kwargs ctor")(lambda: qt.QPushButton(text="k").text)
probe("QLabel kw toolTip")(lambda: qt.QLabel("a", toolTip="tt").toolTip)
probe("hasattr trick")(lambda: hasattr(button, "zork"))
