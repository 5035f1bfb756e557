"""What `Annotated` can say of a parameter: its default, the values that it takes, how a widget shows it."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

Annotation = TypeVar("Annotation")


class Default:
    """The value of a parameter that was never set."""

    def __init__(self, value: Any = None, *, generator: Callable[[], Any] | None = None) -> None:
        self._value, self._generator = value, generator

    @property
    def value(self) -> Any:
        return self._generator() if self._generator else self._value


@dataclass
class Decimals:
    """How many decimals a widget shows."""

    value: int


@dataclass
class SingleStep:
    """By how much a widget steps."""

    value: float


class Validator:
    """A condition on the value of a parameter; ValueError or TypeError where it is not met."""

    def validate(self, value: Any) -> None:
        raise NotImplementedError


class NotNone(Validator):
    """There is a value."""

    def validate(self, value: Any) -> None:
        if value is None:
            raise ValueError("Value must not be None")


@dataclass
class IsInstance(Validator):
    """The value, if there is one, is of a type."""

    classtype: Any

    def validate(self, value: Any) -> None:
        if value is not None and not isinstance(value, self.classtype):
            raise TypeError(f"Value must be of type '{self.classtype}', is type '{type(value)}' value '{value}'")


@dataclass
class WithinRange(Validator):
    """minimum <= value <= maximum."""

    minimum: float
    maximum: float

    def validate(self, value: Any) -> None:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"Value must be within range [{self.minimum}, {self.maximum}], is {value}")


@dataclass
class Minimum(Validator):
    """minimum <= value."""

    minimum: float

    def validate(self, value: Any) -> None:
        if value < self.minimum:
            raise ValueError(f"Value must not be less than {self.minimum}, is {value}")


@dataclass
class Maximum(Validator):
    """value <= maximum."""

    maximum: float

    def validate(self, value: Any) -> None:
        if value > self.maximum:
            raise ValueError(f"Value must not be greater than {self.maximum}, is {value}")


@dataclass
class Choice(Validator):
    """The value is one of these."""

    choices: Any

    def validate(self, value: Any) -> None:
        if value not in self.choices:
            raise ValueError(f"Value is {value}, but must be in one of the following: {self.choices}")


@dataclass
class Exclude(Validator):
    """The value is none of these."""

    excludedValues: Any

    def validate(self, value: Any) -> None:
        if value in self.excludedValues:
            raise ValueError(f"Value is {value}, which is one of the excluded values {self.excludedValues}")


def splitAnnotations(annotated: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the type and what was said of it."""
    kind, *annotations = typing.get_args(Annotated[annotated, "end"])
    return kind, tuple(annotations[:-1])


def unannotatedType(annotated: Any) -> Any:
    """Return the type without what was said of it."""
    return splitAnnotations(annotated)[0]


def findFirstAnnotation(annotations: Iterable[Any], kind: type[Annotation]) -> Annotation | None:
    """Return the first annotation of a kind, None if there is none."""
    return next((annotation for annotation in annotations if isinstance(annotation, kind)), None)
