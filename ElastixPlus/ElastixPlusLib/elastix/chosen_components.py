"""Which components a stage works with, also where its file leaves the choice to elastix, and what they read."""

from __future__ import annotations

import re

from .components import COMPONENT_KINDS
from .landmark_metric import LANDMARK_METRIC
from .parameter_catalogue import ParameterEntry, catalogue
from .parameter_file import ParameterFile
from .parameter_names import component_names

_WEIGHT = re.compile(r"Metric[0-9]+(Weight|RelativeWeight|Use)|UseRelativeWeights")


def chosen(file: ParameterFile, kind: str) -> tuple[str, ...]:
    """The components of one kind: those of the file, or elastix's own choice.

    >>> chosen(ParameterFile.parse("(NumberOfResolutions 3)"), "Interpolator")
    ('BSplineInterpolator',)
    """
    default = catalogue()[kind].default
    return file.get(kind) or ((default,) if default else ())


def chosen_components(file: ParameterFile) -> frozenset[str]:
    """The components of all kinds."""
    return frozenset(name for kind in COMPONENT_KINDS for name in chosen(file, kind))


def is_used(file: ParameterFile, entry: ParameterEntry) -> bool:
    """Whether one of the components that read a parameter is chosen, or one that nobody knows here.

    Weights of metrics count as used in a file with the landmark metric: where landmarks pull, metrics are combined.

    >>> rigid = ParameterFile.parse('(Transform "EulerTransform")')
    >>> is_used(rigid, catalogue()["GridSpacingSchedule"])
    False
    """
    of_file = chosen_components(file)
    if not entry.components or not of_file.isdisjoint(entry.components):
        return True
    if not of_file <= frozenset[str]().union(*component_names().values()):
        return True
    return bool(_WEIGHT.fullmatch(entry.name)) and LANDMARK_METRIC in chosen(file, "Metric")
