"""Declare a widget that stands for one of Slicer's: its properties, the slots that set them, nothing it has not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .pythonqt_properties import assigned
from .refusals import refuse_on
from .slicer_names import INTERNAL_NAMES, names_of

Widget = TypeVar("Widget", bound=type)
stand_ins: dict[str, type] = {}  # class name -> stand-in


def stand_in(setters: str = "", **properties: Any) -> Callable[[Widget], Widget]:
    """Make a class the stand-in of the Slicer class of the same name.

    A property that is written in the class itself counts, too. A method ``_on_<property>(value)`` is called after a
    change. Whatever the class has and Slicer's class has not must begin with an underscore.

    :param setters: the setX that are slots in C++; PythonQt shows no other setter.
    :param properties: name and default value of each property.
    """

    def declare(cls: Any) -> Any:
        for name, default in properties.items():
            setter = f"set{name[0].upper()}{name[1:]}"
            setattr(cls, name, _stored_property(name, default))
            if setter in setters.split():
                setattr(cls, setter, lambda self, value, name=name: setattr(self, name, value))
        own = {*properties, *(name for name, value in vars(cls).items() if isinstance(value, property))}
        inherited = (getattr(base, "_qt_properties", ()) for base in cls.__mro__[1:])
        cls._qt_properties = frozenset(own).union(*inherited)
        cls._native_properties = _native_property_names(cls)
        cls._stands_for_cpp = True
        public = {name for name in vars(cls) if not name.startswith("_")}
        if surplus := public - names_of(cls.__name__) - INTERNAL_NAMES:
            raise TypeError(f"{cls.__name__} of Slicer has no {', '.join(sorted(surplus))}")
        refuse_on(cls, cls.__name__)
        stand_ins[cls.__name__] = cls
        _refuse_arguments_but_a_parent(cls)
        return cls

    return declare


def _stored_property(name: str, default: Any) -> property:
    """Return a property that keeps its value on the object and tells `_on_<name>` of a change."""
    key, kind = f"_property_{name}", type(default)

    def read(self: Any) -> Any:
        return self.__dict__.get(key, default)

    def write(self: Any, value: Any) -> None:
        value = tuple(str(part) for part in value) if kind is tuple else assigned(name, kind, value)
        if value != read(self):
            self.__dict__[key] = value
            getattr(self, f"_on_{name}", lambda _: None)(value)

    return property(read, write)


def _native_property_names(cls: Any) -> frozenset[str]:
    """Return the properties that the Qt base has; asked once, for PySide6 frees the answer at a later call."""
    meta = cls.staticMetaObject
    return frozenset(meta.property(index).name() for index in range(meta.propertyCount()))


def _refuse_arguments_but_a_parent(cls: Any) -> None:
    """Construct with a parent or with nothing, as the constructors of C++ are offered."""
    original = cls.__init__

    def init(self: Any, *arguments: Any, **keywords: Any) -> None:
        is_own = type(self) is cls
        if is_own and (keywords or len(arguments) > 1 or any(isinstance(given, str) for given in arguments)):
            raise ValueError(f"Could not find matching overload for given arguments:\n{arguments}")
        original(self, *(given for given in arguments if given is not None))

    cls.__init__ = init
