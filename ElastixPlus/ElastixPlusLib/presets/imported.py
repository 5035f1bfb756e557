"""What the readers of other people's files share: stages as texts, words of a description, and what does not run."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from ..elastix.landmark_metric import landmark_metric_index
from ..elastix.parameter_file import ParameterFile
from ..elastix.parameter_names import require_known_names
from ..elastix.parameter_values import require_sound_values
from ..elastix.run_parameters import prepare_for_run
from ..errors import ParameterFileError
from .preset import ANY, Preset, PresetStage
from .preset_folder import is_plain_file_name
from .user_presets import free_identifier

_LONGEST_TEXT = 2000
_LONGEST_NAME = 50
_LONGEST_TITLE = 200
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>\])}]{1,200}")
_MODALITIES = {
    "CBCT": r"CBCT|cone.?beam(?: CT)?",
    "microCT": r"micro-?CT|µCT",
    "CT": r"(?:[234]D)?CT|CTA",
    "MR": r"(?:cine-?|DCE-?|DW-?|Dixon )?MRI?|MRA|DTI",
    "PET": r"PET",
    "US": r"US|ultrasound",
    "X-ray": r"x-?ray|DSA",
}
_SAME = re.compile(r"\bintra[- ]?(?:patient|subject|mouse)", re.IGNORECASE)
_DIFFERENT = re.compile(r"\binter[- ]?(?:patient|subject)", re.IGNORECASE)


@dataclass(frozen=True)
class Imported:
    """What was made of somebody's files.

    :param presets: their stages hold their texts, nothing of them is on disk yet.
    :param notes: what was assumed, left out, or will not run as it is; one sentence or two each.
    """

    presets: tuple[Preset, ...] = ()
    notes: tuple[str, ...] = ()


def together(parts: Iterable[Imported]) -> Imported:
    """Several imports as one."""
    parts = tuple(parts)
    return Imported(
        tuple(preset for part in parts for preset in part.presets), tuple(note for part in parts for note in part.notes)
    )


def text_stage(file: ParameterFile, name: str) -> PresetStage:
    """A stage that holds its text, as elastix reads it from a text file.

    >>> text_stage(ParameterFile.parse('(Transform "EulerTransform")'), "rigid.toml").name
    'rigid.txt'
    """
    return PresetStage(plain_file_name(name_as_text_file(name)), text=file.text)


def plain_file_name(name: str) -> str:
    r"""The name of a text file as one that a file can have on every system; one that is already stays as it is.

    >>> plain_file_name("0-rigid.txt"), plain_file_name("con.txt"), plain_file_name("a/b: c\x1b. .txt")
    ('0-rigid.txt', 'stage-con.txt', 'a-b- c-.txt')
    """
    if is_plain_file_name(name):
        return name
    printed = "".join(letter if letter.isprintable() else "-" for letter in name.removesuffix(".txt"))
    plain = re.sub(r'[\\/:*?"<>|]+', "-", printed)[:_LONGEST_NAME].strip(". ")
    return f"{plain}.txt" if is_plain_file_name(f"{plain}.txt") else f"stage-{plain}.txt"


def name_as_text_file(name: str) -> str:
    """The name of a stage with the ending that elastix wants of a text file.

    >>> name_as_text_file("rigid.toml"), name_as_text_file("rigid.txt"), name_as_text_file("coarse to fine 2.1")
    ('rigid.txt', 'rigid.txt', 'coarse to fine 2.1.txt')
    """
    stem, dot, ending = name.rpartition(".")
    if dot and ending.lower() in ("txt", "toml"):
        return f"{stem}.txt" if ending.lower() == "toml" else name
    return f"{name}.txt"


def with_own_names(stages: Iterable[PresetStage]) -> tuple[PresetStage, ...]:
    """The same stages with a number put before a name that another stage has already.

    >>> [stage.name for stage in with_own_names([PresetStage("a.txt"), PresetStage("A.txt"), PresetStage("b.txt")])]
    ['a.txt', '2-A.txt', 'b.txt']
    """
    named: list[PresetStage] = []
    taken: set[str] = set()
    for stage in stages:
        name, number = stage.name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{number}-{stage.name}"
        taken.add(name.casefold())
        named.append(replace(stage, name=name))
    return tuple(named)


def needs_of(files: Iterable[ParameterFile]) -> tuple[str, ...]:
    """What has to be given for these stages to run at all, as far as the files say."""
    return ("landmarks",) if any(landmark_metric_index(file) is not None for file in files) else ()


def why_not_runnable(preset: Preset) -> tuple[str, ...]:
    """What keeps stages of a preset from running as they are, one note each: the same checks as before a run."""
    notes = []
    for stage in preset.stages:
        try:
            file = stage.read()
            require_known_names(file)
            require_sound_values(file)
            prepare_for_run(file)
        except ParameterFileError as error:
            notes.append(f'"{preset.title}" will not run as it is. {error.what} {error.remedy}')
    return tuple(notes)


def clipped(text: str) -> str:
    """A text of a stranger in one line and not too long.

    >>> clipped("  Klein\\n  (2010) ")
    'Klein (2010)'
    """
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def title_of(name: str) -> str:
    """A title made of the name of a file or a folder; never empty.

    >>> title_of("Par0003 affine"), title_of(" ")
    ('Par0003 affine', 'Imported preset')
    """
    return clipped(name)[:_LONGEST_TITLE].strip() or "Imported preset"


def doi_in(text: str) -> str:
    """The first DOI in a text, or nothing.

    >>> doi_in("Klein (2010), https://doi.org/10.1109/TMI.2009.2035616.")
    '10.1109/TMI.2009.2035616'
    """
    found = _DOI.search(text)
    return found.group().rstrip(".,;") if found else ""


def modalities_in(text: str) -> tuple[str, ...]:
    """The modalities that a text names.

    >>> modalities_in("3D MR T1 & PET"), modalities_in("cone-beam CT"), modalities_in("generic")
    (('MR', 'PET'), ('CBCT',), ('any',))
    """
    found = []
    for name, pattern in _MODALITIES.items():
        text, count = re.subn(rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])", " ", text, flags=re.IGNORECASE)
        if count:
            found.append(name)
    return tuple(found) or (ANY,)


def anatomies_in(text: str) -> tuple[str, ...]:
    """The anatomies that a short text lists.

    >>> anatomies_in("head and neck"), anatomies_in("pelvis (prostate)"), anatomies_in("all")
    (('head', 'neck'), ('pelvis', 'prostate'), ('any',))
    """
    text = re.sub(r" \d+$", "", text)  # SlicerElastix counts its copies so
    words = [word.strip().lower() for word in re.split(r"[,/&;()]|\band\b", clipped(text)[:200])]
    return tuple(dict.fromkeys(word for word in words if word and word != "all")) or (ANY,)


def subject_in(text: str) -> str:
    """Whether a text speaks of volumes of the same patient or of different ones.

    >>> subject_in("intrapatient; B-spline"), subject_in("inter-subject"), subject_in("MR")
    ('same', 'different', 'any')
    """
    same, different = _SAME.search(text), _DIFFERENT.search(text)
    if bool(same) == bool(different):
        return ANY
    return "same" if same else "different"


def free_names(presets: Iterable[Preset], taken: Collection[str]) -> tuple[Preset, ...]:
    """The same presets, each with an id that no other one has.

    :param taken: ids that others have.
    """
    named: list[Preset] = []
    for preset in presets:
        known = {*taken, *(other.id for other in named)}
        named.append(preset if preset.id not in known else replace(preset, id=free_identifier(preset.id, known)))
    return tuple(named)
