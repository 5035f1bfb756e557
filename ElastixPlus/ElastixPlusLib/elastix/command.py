"""Build the command lines of elastix and transformix: argv lists, never a shell line.

All file names are relative to the folder that the child runs in, see :mod:`.workspace`. elastix reads options in pairs
and ignores what it does not know, so a wrong name here would not be noticed by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import EngineNotFoundError
from .engine import Engine


@dataclass(frozen=True)
class ElastixInputs:
    """The files of one registration, by the names that the child is given.

    :param fixed: fixed volumes, one per image metric or one for all.
    :param moving: moving volumes, as many as ``fixed``.
    :param parameter_files: one per stage.
    :param output: an existing folder.
    :param fixed_masks: none, one for all or one per fixed volume.
    :param moving_masks: the same for the moving side.
    :param fixed_landmarks: a point file, only together with ``moving_landmarks``.
    :param initial_transform: a transform file to start from.
    """

    fixed: tuple[str, ...]
    moving: tuple[str, ...]
    parameter_files: tuple[str, ...]
    output: str
    fixed_masks: tuple[str, ...] = ()
    moving_masks: tuple[str, ...] = ()
    fixed_landmarks: str | None = None
    moving_landmarks: str | None = None
    initial_transform: str | None = None

    def __post_init__(self) -> None:
        if not self.fixed or len(self.fixed) != len(self.moving):
            raise ValueError(f"{len(self.fixed)} fixed and {len(self.moving)} moving volumes do not make pairs")
        if not self.parameter_files:
            raise ValueError("a registration needs a parameter file")
        if (self.fixed_landmarks is None) != (self.moving_landmarks is None):
            raise ValueError("landmarks come in pairs of files")
        for masks in (self.fixed_masks, self.moving_masks):
            if len(masks) not in (0, 1, len(self.fixed)):
                raise ValueError(f"{len(masks)} masks for {len(self.fixed)} volumes")


def elastix_command(engine: Engine, inputs: ElastixInputs, threads: int | None = None) -> list[str]:
    """Build the command line of a registration.

    :param threads: how many threads elastix may use; all if None.
    :returns: argv.

    >>> from types import SimpleNamespace
    >>> engine = SimpleNamespace(elastix_command=("elastix",))
    >>> " ".join(elastix_command(engine, ElastixInputs(("f.mha",), ("m.mha",), ("p.txt",), "result"), 2))
    'elastix -f f.mha -m m.mha -p p.txt -out result -threads 2'
    """
    command = list(engine.elastix_command)
    command += _numbered("-f", inputs.fixed)
    command += _numbered("-m", inputs.moving)
    command += _numbered("-fMask", inputs.fixed_masks)
    command += _numbered("-mMask", inputs.moving_masks)
    command += _optional("-fp", inputs.fixed_landmarks)
    command += _optional("-mp", inputs.moving_landmarks)
    command += _optional("-t0", inputs.initial_transform)
    for parameter_file in inputs.parameter_files:
        command += ["-p", parameter_file]
    return [*command, "-out", inputs.output, *_threads(threads)]


def transformix_points_command(
    engine: Engine, transform: str, points: str, output: str, threads: int | None = None
) -> list[str]:
    """Build the command line that sends points through a transform, from fixed to moving.

    :param transform: the last stage's transform file; it names those before it.
    :param points: a point file.
    :param output: an existing folder; gets ``outputpoints.txt``.
    :raises EngineNotFoundError: there is no transformix beside this elastix.
    """
    return [*_transformix(engine), "-tp", transform, "-def", points, "-out", output, *_threads(threads)]


def transformix_field_command(
    engine: Engine, transform: str, output: str, threads: int | None = None, jacobian: bool = False
) -> list[str]:
    """Build the command line that samples a transform on the fixed grid.

    :param jacobian: also write the determinant of the spatial Jacobian, ``spatialJacobian.*``.
    :returns: argv; the run writes ``deformationField.*``.
    :raises EngineNotFoundError: there is no transformix beside this elastix.
    """
    extra = ["-jac", "all"] if jacobian else []
    return [*_transformix(engine), "-tp", transform, "-def", "all", *extra, "-out", output, *_threads(threads)]


def _transformix(engine: Engine) -> tuple[str, ...]:
    if engine.transformix_command is None:
        raise EngineNotFoundError(
            f"There is no transformix beside {engine.path}.", "Choose an engine that has one with --engine PATH."
        )
    return engine.transformix_command


def _numbered(option: str, names: Sequence[str]) -> list[str]:
    if len(names) == 1:
        return [option, names[0]]
    return [word for index, name in enumerate(names) for word in (f"{option}{index}", name)]


def _optional(option: str, name: str | None) -> list[str]:
    return [] if name is None else [option, name]


def _threads(threads: int | None) -> list[str]:
    return [] if threads is None else ["-threads", str(threads)]
