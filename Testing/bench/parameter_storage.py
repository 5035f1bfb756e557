"""How the value of a parameter lies in a vtkMRMLScriptedModuleNode, with the keys and texts that Slicer uses.

A number, text, path or truth value is the text of a parameter of its name ("True" and "False" for bool), an enumeration
the name of its member. A node is a reference of the parameter's name, beside an empty parameter that says "was set".
"""

from __future__ import annotations

import enum
import pathlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import slicer

from .parameter_annotations import IsInstance, NotNone, Validator, splitAnnotations

PATH_TYPES = (
    pathlib.Path,
    pathlib.PosixPath,
    pathlib.WindowsPath,
    pathlib.PurePath,
    pathlib.PurePosixPath,
    pathlib.PureWindowsPath,
)


@dataclass(frozen=True)
class Storage:
    """Reads and writes the value of one parameter.

    :param to_text: from the value to the text of the parameter.
    :param from_text: back.
    :param unset: the value without a `Default`.
    :param validators: the conditions on a value, checked in this order before it is written.
    """

    to_text: Callable[[Any], str]
    from_text: Callable[[str], Any]
    unset: Any
    validators: tuple[Validator, ...]

    def write(self, node: Any, name: str, value: Any) -> None:
        for validator in self.validators:
            validator.validate(value)
        self._put(node, name, value)

    def _put(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, self.to_text(value))

    def read(self, node: Any, name: str) -> Any:
        return self.from_text(node.GetParameter(name))


class NodeStorage(Storage):
    """Reads and writes a reference to a node."""

    def _put(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, None if value is None else value.GetID())

    def read(self, node: Any, name: str) -> Any:
        return node.GetNodeReference(name)


def is_node_type(kind: Any) -> bool:
    """Return whether a type is a class of MRML nodes."""
    return type(kind) is type and issubclass(kind, slicer.vtkMRMLNode)


def storage_for(annotated: Any) -> Storage:
    """Return the storage for an annotated type; TypeError for a type that the bench does not know."""
    kind, annotations = splitAnnotations(annotated)
    given = tuple(annotation for annotation in annotations if isinstance(annotation, Validator))
    if kind in (int, float):
        accepted = (int, float) if kind is float else int
        return Storage(str, kind, 0, (NotNone(), IsInstance(accepted), *given))
    if kind is str or kind in PATH_TYPES:
        return Storage(str, kind, kind(), (NotNone(), IsInstance(kind), *given))
    if kind is bool:
        return Storage(str, lambda text: text == "True", False, (NotNone(), IsInstance(bool), *given))
    if is_node_type(kind):
        return NodeStorage(str, str, None, (IsInstance(kind), *given))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return Storage(lambda member: str(member.name), _member_of(kind), next(iter(kind)), (IsInstance(kind), *given))
    raise TypeError(f"Unable to create serializer for type: {kind}")


def _member_of(kind: type[enum.Enum]) -> Callable[[str], enum.Enum]:
    def member(name: str) -> enum.Enum:
        try:
            return kind[name]
        except KeyError as error:
            raise ValueError(f"Found {name!r} in parameter node but it is not a name in {kind!r}") from error

    return member
