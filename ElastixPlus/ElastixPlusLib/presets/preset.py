"""What a preset is: parameter files, one per stage, with what people and programs want to know of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..elastix.parameter_file import ParameterFile
from .recipe import Recipe

Origin = Literal["built-in", "user", "scene"]

ANY = "any"
NEEDS = ("fixed-mask", "moving-mask", "landmarks")
SUBJECTS = ("same", "different", ANY)


@dataclass(frozen=True)
class MeasuredHere:
    """What one preset did on one named case, on the machine that its Docs describe.

    :param case: id of the case, as Docs/presets.md describes them, such as "brain-pair".
    :param engine: such as "elastix 5.0.1".
    :param seconds: wall time of the whole run.
    :param check_mm: mean distance left at the check pairs, without landmarks that pull.
    :param check_with_landmarks_mm: the same where the driving pairs pulled; ``drive_with_landmarks_mm`` at these.
    :param folded_percent: part of the volume where the transform folds.
    :param memory_mib: most that elastix took.
    """

    case: str
    engine: str
    seconds: float
    check_mm: float | None = None
    check_with_landmarks_mm: float | None = None
    drive_with_landmarks_mm: float | None = None
    folded_percent: float | None = None
    memory_mib: float | None = None


@dataclass(frozen=True)
class PresetStage:
    """The parameter file of one stage: a file on disk, or a text where the preset lies in a scene or a draft.

    :param name: of the file, such as "0-rigid.txt".
    :param path: where it is; None for a text.
    :param text: what it says; None for a file.
    """

    name: str
    path: Path | None = None
    text: str | None = None

    def read(self) -> ParameterFile:
        """The parameters.

        :raises ParameterFileError: the file cannot be read, or says what elastix would misread.
        """
        if self.path is not None:
            return ParameterFile.read(self.path)
        return ParameterFile.parse(self.text or "", Path(self.name))


@dataclass(frozen=True)
class Preset:
    """One way to register, as parameter files with a description.

    :param id: the name of its folder; lower case letters, digits, and - _ . between them.
    :param title: for a list of presets.
    :param summary: one sentence: what it does, and for what.
    :param anatomy: what it was made for, as single words such as "lung"; ("any",) for everything.
    :param modality: the same for the modalities, such as ("MR", "CT"): all that one run may join.
    :param dimension: of the volumes; 3.
    :param subject: "same" patient in both volumes, "different" ones, or "any".
    :param needs: what has to be given for it to run at all, of :data:`NEEDS`.
    :param expects: what it works best with, each in words.
    :param used_for: what it was published for, in one sentence; empty if it is no published setting.
    :param citation: the publication to cite, in words.
    :param doi: of the publication, such as "10.1109/TMI.2009.2035616"; empty if it has none.
    :param stages: one per parameter file, in order; none for a fit of the landmarks alone.
    :param recipe: what it decides besides.
    :param image_pairs: how many fixed and moving volumes one run takes.
    :param measured: figures of this preset on named cases.
    :param origin: where it comes from.
    :param folder: where it lies; None in a scene.
    """

    id: str
    title: str
    summary: str = ""
    anatomy: tuple[str, ...] = (ANY,)
    modality: tuple[str, ...] = (ANY,)
    dimension: int = 3
    subject: str = ANY
    needs: tuple[str, ...] = ()
    expects: tuple[str, ...] = ()
    used_for: str = ""
    citation: str = ""
    doi: str = ""
    stages: tuple[PresetStage, ...] = ()
    recipe: Recipe = field(default_factory=Recipe)
    image_pairs: int = 1
    measured: tuple[MeasuredHere, ...] = ()
    origin: Origin = "built-in"
    folder: Path | None = None

    @property
    def parameter_paths(self) -> tuple[Path, ...]:
        """The parameter files on disk, one per stage; none for a preset that lies in a scene."""
        return tuple(stage.path for stage in self.stages if stage.path is not None)

    def parameter_files(self) -> tuple[ParameterFile, ...]:
        """The parameters of all stages.

        :raises ParameterFileError: one cannot be read.
        """
        return tuple(stage.read() for stage in self.stages)
