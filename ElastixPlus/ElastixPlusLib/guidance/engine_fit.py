"""Whether the engine has what the parameter files ask for, and whether the fixed volume is large enough for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..elastix.components import COMPONENT_KINDS, NOT_IN_WHEEL, REMOVED_COMPONENTS, WHEEL, missing_components
from ..elastix.engine import Engine
from ..elastix.parameter_file import ParameterFile
from ..elastix.pyramid_schedule import resolution_count
from ..errors import Fix
from ..grid import Grid
from .findings import Finding

_REGION_SWITCH = re.compile(r"(?:ImageSampler\d+)?UseRandomSampleRegion")


@dataclass(frozen=True)
class Component:
    """A piece of elastix that a parameter file asks for.

    :param kind: what it is, as the parameter is called: "Transform", "Metric" and so on.
    :param stage: 1 for the first parameter file.
    """

    kind: str
    name: str
    stage: int


def wanted_components(parameter_files: Sequence[ParameterFile]) -> tuple[Component, ...]:
    """Everything that the parameter files ask for, each name once.

    >>> wanted_components([ParameterFile.parse('(Transform "EulerTransform")')])
    (Component(kind='Transform', name='EulerTransform', stage=1),)
    """
    found: dict[str, Component] = {}
    for stage, file in enumerate(parameter_files, 1):
        for kind in COMPONENT_KINDS:
            for name in file.get(kind) or ():
                found.setdefault(name, Component(kind, name, stage))
    return tuple(found.values())


def component_findings(
    parameter_files: Sequence[ParameterFile], engine: Engine, others: Sequence[Engine] = ()
) -> tuple[Finding, ...]:
    """Name the components that the engine lacks, and the engine that has them.

    :param others: engines that could be used instead, such as the itk-elastix wheel; the first that has all is offered.
    """
    wanted = wanted_components(parameter_files)
    missing = missing_components(engine, [component.name for component in wanted])
    if not missing:
        return ()
    named = [f"{one.name} (stage {one.stage})" for one in wanted if one.name in missing]
    gone = [one.name for one in wanted if one.name in REMOVED_COMPONENTS]
    if gone:
        what = f"No elastix since version 5.0 has {_listed(gone)}, which the parameter files ask for."
        remedy = "Choose another preset, or replace it in the parameter files."
        return (Finding("removed-component", "error", what, remedy),)
    what = f"The engine {_described(engine)} does not have {_listed(named)}, which the parameter files ask for."
    for other in others:
        if not missing_components(other, missing):
            choice = "itk" if other.name == WHEEL else other.path
            title = f"Use {_described(other)}"
            fix = Fix(title, {"engine": choice}, f"--engine {choice}")
            return (Finding("missing-component", "error", what, f"{title}.", fix),)
    remedy = f"Choose another preset, or {_where_to_get_it(engine, missing)}."
    return (Finding("missing-component", "error", what, remedy),)


def sample_region_findings(parameter_files: Sequence[ParameterFile], fixed: Grid) -> tuple[Finding, ...]:
    """Say where samples are to be drawn in regions that the fixed volume is too thin for: elastix refuses those.

    The volume has to be as long as the region from its first to its last voxel centre (elxRandomCoordinateSampler.hxx).

    :param fixed: the grid of the fixed volume that elastix gets.

    >>> import numpy as np
    >>> text = '(ImageSampler "RandomCoordinate")\\n(UseRandomSampleRegion "true")\\n(SampleRegionSize 50)'
    >>> sample_region_findings([ParameterFile.parse(text)], Grid((200, 200, 20), np.diag([1.0, 1, 2, 1])))[0].what
    'Stage 1 draws samples in regions of 50 mm, and the fixed volume is 38 mm long along its axis k.'
    """
    lengths_mm = [(count - 1) * float(step) for count, step in zip(fixed.dimensions, fixed.spacing_mm, strict=True)]
    found = []
    for stage, file in enumerate(parameter_files, 1):
        if not {"RandomCoordinate", "MultiInputRandomCoordinate"} & set(file.get("ImageSampler") or ()):
            continue
        sizes_mm = _region_sizes_mm(file)
        too_large = [max(sizes) > length for sizes, length in zip(sizes_mm, lengths_mm, strict=True)]
        if not any(too_large):
            continue
        axis = min((index for index in range(3) if too_large[index]), key=lambda index: lengths_mm[index])
        what = (
            f"Stage {stage} draws samples in regions of {max(sizes_mm[axis]):g} mm, and the fixed volume is "
            f"{lengths_mm[axis]:.4g} mm long along its axis {'ijk'[axis]}."
        )
        remedy = (
            f"Give a region of at most {min(lengths_mm):.4g} mm in the parameter file, a third of the volume is usual, "
            "or choose a preset that draws samples everywhere."
        )
        # MultiInputRandomCoordinate lets regions stick out of the volume and may go without enough samples
        is_refused = "RandomCoordinate" in (file.get("ImageSampler") or ())
        found.append(Finding("sample-region", "error" if is_refused else "warning", what, remedy))
    return tuple(found)


def _region_sizes_mm(file: ParameterFile) -> list[list[float]]:
    """Region sizes along i, j, k in all resolutions that use them; a missing number is the first one, as in elastix."""
    switches = [file.get(name) or () for name in file.names if _REGION_SWITCH.fullmatch(name)]
    texts = file.get("SampleRegionSize") or file.get("ImageSampler0SampleRegionSize") or ()
    sizes: list[list[float]] = [[0.0], [0.0], [0.0]]
    if not switches or not texts:  # by default elastix takes regions that fit
        return sizes
    for level in range(resolution_count(file)):
        used = (switches[0][level] if level < len(switches[0]) else switches[0][0]) == "true"
        for axis in range(3):
            index = 3 * level + axis
            sizes[axis].append(_millimetres(texts[index] if index < len(texts) else texts[0]) if used else 0.0)
    return sizes


def _millimetres(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _described(engine: Engine) -> str:
    return f"{engine.name} {engine.version}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _where_to_get_it(engine: Engine, missing: Collection[str]) -> str:
    if engine.name != WHEEL and not set(missing) & NOT_IN_WHEEL:
        return "install the Python package itk-elastix, which has it, and use that"
    return "use an elastix that was built with it"
