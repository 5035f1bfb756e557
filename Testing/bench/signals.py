"""Signals and slots in the manner of PythonQt, over the signals of PySide6 and over signals made in Python.

A slot gets at most as many arguments as it takes. A connection keeps its slot alive. An exception in a slot does not
reach the one who emitted: it is kept in `slot_failures`. Stricter than PythonQt, which returns False and goes on:
a signal that Slicer's class does not have raises AttributeError.
"""

from __future__ import annotations

import inspect
import sys
import traceback
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6 import QtCore

from .slicer_names import has_signal

_native_connect, _native_disconnect = QtCore.QObject.connect, QtCore.QObject.disconnect
Slot = Callable[..., Any]


@dataclass(frozen=True)
class SlotFailure:
    """An exception that ended a slot or an observer.

    :param error: the exception.
    :param report: its traceback, as Python prints it.
    """

    error: BaseException
    report: str


slot_failures: list[SlotFailure] = []
interruptions: list[BaseException] = []  # Ctrl-C and the timeout of a test: they end the event loops
_connections: dict[int, list[tuple[str, Slot, Slot]]] = {}  # address of the sender -> (signature, slot, wrapper)


def keep_failure(error: BaseException) -> None:
    """Keep an exception that nobody catches, and print it as Slicer's console does."""
    report = "".join(traceback.format_exception(error))
    slot_failures.append(SlotFailure(error, report))
    sys.stderr.write(report)


def interrupt(error: BaseException) -> None:
    """End all event loops, the nested ones, too, because of Ctrl-C or the timeout of a test."""
    interruptions.append(error)
    QtCore.QCoreApplication.exit(1)


def take_uncaught(_kind: type, error: BaseException, _trace: Any) -> None:
    """Take what was raised in a method that Qt called, or between two lines of one, as `sys.excepthook` does."""
    if isinstance(error, Exception):
        keep_failure(error)
    else:
        interrupt(error)


def positional_limit(slot: Slot) -> int | None:
    """Return how many positional arguments a slot takes, None for any number."""
    function, bound = (slot.__func__, 1) if isinstance(slot, types.MethodType) else (slot, 0)
    if not isinstance(function, types.FunctionType) or function.__code__.co_flags & inspect.CO_VARARGS:
        return None
    return int(function.__code__.co_argcount - bound)


def call_slot(slot: Slot, arguments: tuple[Any, ...]) -> None:
    """Call a slot as Qt does: with what it takes, and with nobody to catch what it raises."""
    try:
        slot(*arguments[: positional_limit(slot)])
    except Exception as error:
        keep_failure(error)
    except BaseException as error:
        interrupt(error)


class PythonSignal:
    """A signal of a stand-in widget; any Python object can be sent.

    :param signatures: as in C++, with all overloads: ``"currentNodeChanged(vtkMRMLNode*)"``.
    """

    def __init__(self, *signatures: str) -> None:
        self.signatures = signatures
        self.name = signatures[0].split("(")[0]

    def __get__(self, sender: Any, owner: type | None = None) -> Any:
        return self if sender is None else BoundPythonSignal(sender, self)


class BoundPythonSignal:
    """A Python signal of one object: connect, disconnect, emit."""

    def __init__(self, sender: Any, signal: PythonSignal) -> None:
        self.sender, self.signal = sender, signal
        self.slots: list[Slot] = sender.__dict__.setdefault("_slots_of_signals", {}).setdefault(signal.name, [])

    def connect(self, slot: Slot) -> bool:
        if not callable(slot):
            raise TypeError(f"cannot connect {self.signal.name} to {slot!r}")
        self.slots.append(slot)
        return True

    def disconnect(self, slot: Slot | None = None) -> bool:
        before = len(self.slots)
        if slot is None:
            self.slots.clear()
        elif slot in self.slots:
            self.slots.remove(slot)
        return len(self.slots) < before

    def emit(self, *arguments: Any) -> None:
        if not self.sender.signalsBlocked():
            for slot in list(self.slots):
                call_slot(slot, arguments)

    __call__ = emit


class NativeSignal:
    """Takes the place of a PySide6 signal in the dictionary of its class."""

    def __init__(self, signal: Any, name: str) -> None:
        self.signal, self.name = signal, name

    def __get__(self, sender: Any, owner: type | None = None) -> Any:
        if sender is None:
            return self.signal
        native = sender.__dict__.get(f"_signal_{self.name}") or self.signal.__get__(sender, owner)
        return BoundNativeSignal(sender, native, self.name)

    def __set__(self, sender: Any, value: Any) -> None:
        if type(value) is not QtCore.SignalInstance:
            raise AttributeError(f"Signal '{self.name}' can not be overwritten on {type(sender).__name__} object")
        sender.__dict__[f"_signal_{self.name}"] = value  # PySide6 keeps its SignalInstance on the object


class BoundNativeSignal:
    """A Qt signal of one object: connect, disconnect, emit."""

    def __init__(self, sender: Any, native: Any, name: str) -> None:
        self.sender, self.native, self.name = sender, native, name

    def connect(self, slot: Slot) -> bool:
        return connect(self.sender, self.name, slot)

    def disconnect(self, slot: Slot | None = None) -> bool:
        return disconnect(self.sender, self.name, slot)

    def emit(self, *arguments: Any) -> None:
        for method in signals_named(self.sender, self.name):
            if method.parameterCount() == len(arguments):
                kinds = tuple(bytes(kind).decode() for kind in method.parameterTypes())
                (self.native[kinds] if kinds else self.native).emit(*arguments)
                return
        raise TypeError(f"{self.name}: no signal with {len(arguments)} arguments")

    __call__ = emit


def signals_named(sender: QtCore.QObject, name: str) -> list[QtCore.QMetaMethod]:
    """Return the overloads of a Qt signal."""
    meta = sender.metaObject()
    methods = [meta.method(index) for index in range(meta.methodCount())]
    kind = QtCore.QMetaMethod.MethodType.Signal
    return [method for method in methods if method.methodType() == kind and bytes(method.name()).decode() == name]


def python_signal(sender: Any, signature: str) -> BoundPythonSignal | None:
    """Return the Python signal of this name, None if the class has none; a wrong overload raises AttributeError."""
    found = getattr(type(sender), signature.split("(")[0], None)
    if not isinstance(found, PythonSignal):
        return None
    if "(" in signature and signature.replace(" ", "") not in found.signatures:
        raise no_such_signal(sender, signature)
    return BoundPythonSignal(sender, found)


def native_signature(sender: QtCore.QObject, signature: str) -> str:
    """Return the full, normalised signature of a Qt signal that Slicer's class has, too."""
    if "(" in signature:
        normalised = bytes(QtCore.QMetaObject.normalizedSignature(signature)).decode()
        known = sender.metaObject().indexOfSignal(normalised) >= 0
    else:
        overloads = [bytes(method.methodSignature()).decode() for method in signals_named(sender, signature)]
        normalised, known = (overloads[0], True) if overloads else (signature, False)
    if not known or not has_signal(type(sender), normalised):
        raise no_such_signal(sender, signature)
    return normalised


def no_such_signal(sender: Any, signature: str) -> AttributeError:
    """Return the error for a signal that is not there."""
    return AttributeError(f"{type(sender).__name__} has no signal {signature}: Slicer returns False, nothing connects")


def receiving(receiver: Any, slot: str | None) -> Slot:
    """Return the callable of ``connect(signal, callable)`` or ``connect(signal, object, "slot()")``."""
    found = receiver if slot is None else getattr(receiver, slot.lstrip("1").split("(")[0])
    if not callable(found):
        raise TypeError(f"cannot connect to {found!r}")
    return found


def connect(sender: Any, signal: str, receiver: Any, slot: str | None = None) -> bool:
    """Connect ``connect("clicked(bool)", f)`` or ``connect("clicked()", receiver, "slot()")``."""
    signal, called = signal.removeprefix("2"), receiving(receiver, slot)
    if own := python_signal(sender, signal):
        return own.connect(called)
    signature = native_signature(sender, signal)

    def wrapper(*arguments: Any) -> None:
        call_slot(called, arguments)

    address = shiboken6.getCppPointer(sender)[0]
    if address not in _connections:
        _connections[address] = []
        if not signature.startswith("destroyed("):
            _native_connect(sender, QtCore.SIGNAL("destroyed()"), lambda: _connections.pop(address, None))
    _connections[address].append((signature, called, wrapper))
    _native_connect(sender, QtCore.SIGNAL(signature), wrapper)
    return True


def disconnect(sender: Any, signal: str, receiver: Any = None, slot: str | None = None) -> bool:
    """Undo `connect`; return whether there was such a connection."""
    signal = signal.removeprefix("2")
    called = None if receiver is None else receiving(receiver, slot)
    if own := python_signal(sender, signal):
        return own.disconnect(called)
    signature = native_signature(sender, signal)
    entries = _connections.get(shiboken6.getCppPointer(sender)[0], [])
    wanted = [entry for entry in entries if entry[0] == signature and called in (None, entry[1])]
    for entry in wanted[:1] if called is not None else wanted:
        entries.remove(entry)
        _native_disconnect(sender, QtCore.SIGNAL(signature), entry[2])
    return bool(wanted)


class ObjectOrClassCall:
    """``object.connect(signal, slot)`` and ``qt.QObject.connect(object, signal, slot)``."""

    def __init__(self, function: Callable[..., bool]) -> None:
        self.function = function

    def __get__(self, sender: Any, owner: type | None = None) -> Callable[..., bool]:
        return self.function if sender is None else types.MethodType(self.function, sender)
