"""Folders of the elastix model zoo: parameter files with a README, without a word of what belongs together.

What belongs together is taken from the command lines of the README where they name files that are there. Otherwise it
is assumed: stages follow each other from few degrees of freedom to many, and files that differ only in a number counted
up from 0 or 1 follow each other; several files of one kind are alternatives, each a preset of its own after the stages
that occur once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from ..elastix.parameter_file import ParameterFile
from ..errors import ParameterFileError
from .imported import (
    Imported,
    clipped,
    doi_in,
    free_names,
    modalities_in,
    needs_of,
    subject_in,
    text_stage,
    title_of,
    with_own_names,
)
from .preset import Preset
from .user_presets import free_identifier

# From few degrees of freedom to many; a transform that is none of them comes last.
_KINDS = ("Translation", "Euler", "Similarity", "Affine", "BSpline")
_OF_A_TRANSFORM = ("TransformParameters", "NumberOfParameters", "TransformFileName")
_ENDINGS = (".txt", ".toml")
_READMES = ("README.md", "readme.md")
_MOST_FILES = 500
_LARGEST_README_BYTES = 256 * 1024
_MODEL = re.compile(r"Par\d{4}", re.IGNORECASE)
_NAMED_FILE = re.compile(r"(?<!\S)-p[ \t]+[\"']?([^\s\"']+)")


@dataclass(frozen=True)
class _Found:
    """A parameter file of one stage."""

    name: str
    file: ParameterFile

    @property
    def kind(self) -> str:
        transform = self.file.first("Transform", "")
        return next((kind for kind in _KINDS if kind in transform), transform)

    @property
    def rank(self) -> tuple[int, list[tuple[bool, int, str]]]:
        place = _KINDS.index(self.kind) if self.kind in _KINDS else len(_KINDS)
        return place, _counted(self.name)


def presets_of_model_folder(folder: Path, model: Path | None = None) -> Imported:
    """Make presets of the parameter files in a folder, not in those below it; a file that cannot be read is a note.

    :param folder: such as ``models/Par0003``.
    :param model: the folder of the model with its README, where that is further up.
    """
    folder = Path(folder)
    model = folder if model is None else Path(model)
    readme = _readme(model)
    notes: list[str] = []
    name = "-".join((model.resolve().name, *folder.relative_to(model).parts))
    sequences = tuple(_sequences(_files(folder, notes), readme, name, notes))
    presets = []
    for stages in sequences:
        label = stages[-1].name.rpartition(".")[0] if len(sequences) > 1 else ""
        presets.append(_preset(name, label, stages, readme))
    return Imported(free_names(presets, ()), tuple(notes))


def has_parameter_files(folder: Path) -> bool:
    """Whether a file in a folder, not in those below it, may be a parameter file by its name."""
    return any(file.suffix.lower() in _ENDINGS and not file.name.startswith(".") for file in folder.iterdir())


def is_model_folder(folder: Path) -> bool:
    """Whether a folder is that of a model, by its name or because it has a README.

    >>> is_model_folder(Path("models/Par0003"))
    True
    """
    return _MODEL.fullmatch(folder.name) is not None or any((folder / name).is_file() for name in _READMES)


def _files(place: Path, notes: list[str]) -> list[_Found]:
    candidates = [
        path
        for path in sorted(place.iterdir())[:_MOST_FILES]
        if path.suffix.lower() in _ENDINGS
        and path.is_file()
        and not path.is_symlink()
        and not path.name.startswith(".")
    ]
    texts = {path.stem for path in candidates if path.suffix.lower() == ".txt"}
    found = []
    for path in candidates:
        if path.suffix.lower() == ".toml" and path.stem in texts:
            continue  # the same in the newer form
        try:
            file = ParameterFile.read(path)
        except ParameterFileError as error:
            notes.append(f"{path.name} was left out. {error.what} {error.remedy}")
            continue
        if any(name in file for name in _OF_A_TRANSFORM):
            notes.append(f"{path.name} was left out: it holds the transform that a run found, not how to run one.")
        elif "Transform" not in file:
            notes.append(f"{path.name} was left out: it does not say which transform to look for.")
        else:
            found.append(_Found(path.name, file))
    return found


def _sequences(found: Sequence[_Found], readme: str, name: str, notes: list[str]) -> Iterator[tuple[_Found, ...]]:
    """What belongs together, and notes that say how it was decided."""
    told = list(_as_readme_says(found, readme))
    used = {stage.name for stages in told for stage in stages}
    notes += [f"{name}: {_listed(stages)} follow each other, as the README says." for stages in told]
    left = sorted((one for one in found if one.name not in used), key=lambda one: one.rank)
    begun = {stages[-1].kind: stages[:-1] for stages in reversed(told)}
    assumed = [(*begun[one.kind], one) for one in left if one.kind in begun]
    assumed += _alternatives([one for one in left if one.kind not in begun])
    if len(assumed) + len(told) > 1 and assumed:
        notes.append(f"{name}: it was assumed that these are {len(assumed) + len(told)} ways to register, not one.")
    notes += [f"{name}: it was assumed that {_listed(stages)} follow each other." for stages in assumed if stages[1:]]
    yield from told
    yield from assumed


def _as_readme_says(found: Sequence[_Found], readme: str) -> Iterator[tuple[_Found, ...]]:
    """The command lines with two parameter files or more that are all there, each once."""
    by_name = {one.name.casefold(): one for one in found}
    told: set[tuple[str, ...]] = set()
    # A command goes on over lines that begin with blanks; the next one begins with the program.
    for command in re.split(r"(?=\belastix(?:\.exe)?[ \t])", readme):
        names = tuple(Path(name.replace("\\", "/")).name.casefold() for name in _NAMED_FILE.findall(command))
        if len(names) > 1 and len(set(names)) == len(names) and names not in told and all(n in by_name for n in names):
            told.add(names)
            yield tuple(by_name[name] for name in names)


def _alternatives(found: Sequence[_Found]) -> Iterator[tuple[_Found, ...]]:
    """From files sorted by kind to one sequence per alternative of the last kind."""
    before: tuple[_Found, ...] = ()
    groups = [_series(list(group)) for _, group in groupby(found, lambda one: one.kind)]
    for index, series in enumerate(groups):
        is_last = index == len(groups) - 1
        if len(series) == 1 and not is_last:
            before += series[0]
        elif is_last:
            yield from (before + one for one in series)
        else:
            yield from series


def _series(found: list[_Found]) -> list[tuple[_Found, ...]]:
    """Files of one kind that count up from 0 or 1 belong together; others are one each."""
    series = []
    for _, group in groupby(sorted(found, key=_without_numbers), _without_numbers):
        same = sorted(group, key=lambda one: _counted(one.name))
        numbers = [_last_number(one.name) for one in same]
        if len(same) > 1 and numbers in (list(range(len(same))), list(range(1, len(same) + 1))):
            series.append(tuple(same))
        else:
            series += [(one,) for one in same]
    return series


def _without_numbers(one: _Found) -> str:
    """The name without its last number, in which files of one series differ."""
    before, _, after = _around_last_number(one.name)
    return f"{before}\0{after}"


def _last_number(name: str) -> int:
    _, number, _ = _around_last_number(name)
    return int(number) if number else -1


def _around_last_number(name: str) -> tuple[str, str, str]:
    stem = name.rpartition(".")[0].casefold()[:200]
    numbers = list(re.finditer(r"\d{1,9}", stem))
    if not numbers:
        return stem, "", ""
    return stem[: numbers[-1].start()], numbers[-1].group(), stem[numbers[-1].end() :]


def _counted(name: str) -> list[tuple[bool, int, str]]:
    """A key to sort by, with numbers as numbers."""
    parts = re.split(r"(\d{1,9})", name.casefold()[:200])
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts if part]


def _listed(stages: Iterable[_Found]) -> str:
    return ", ".join(stage.name for stage in stages)


def _preset(name: str, label: str, stages: Sequence[_Found], readme: str) -> Preset:
    # "Par0001", "Par0001bspline16" need not say twice of which model they are.
    title = label if label.casefold().startswith(name.casefold()) else " ".join(filter(None, (name, label)))
    published = _section(readme, "published")
    preset = Preset(
        id=free_identifier(title, ()),
        title=title_of(title),
        summary=_first_sentences(_section(readme, "application")),
        modality=modalities_in(_section(readme, "image data")),
        subject=subject_in(readme),
        citation=published,
        doi=doi_in(_section(readme, "published") or readme),
        stages=with_own_names(text_stage(stage.file, stage.name) for stage in stages),
        origin="user",
    )
    return replace(preset, needs=needs_of(preset.parameter_files()))


def _readme(folder: Path) -> str:
    for name in _READMES:
        path = folder / name
        if path.is_file() and not path.is_symlink():
            try:
                with path.open("rb") as file:
                    return file.read(_LARGEST_README_BYTES).decode("utf-8", errors="replace").replace("\0", " ")
            except OSError:  # it only describes
                return ""
    return ""


def _section(readme: str, title: str) -> str:
    """What stands under the heading that begins with a word, in one line and without marks."""
    parts = re.split(r"^#+[ \t]*", readme, flags=re.MULTILINE)
    for part in parts:
        heading, _, text = part.partition("\n")
        if heading.strip().lower().startswith(title):
            without_pictures = re.sub(r"!\[[^\[\]\n]*\]\([^)\n]{0,500}\)", " ", text)
            plain = re.sub(r"\[([^\[\]\n]*)\]\([^)\n]{0,500}\)", r"\1", without_pictures)
            return clipped(re.sub(r"[*`_]|^\s*These registrations? (?:are|is) described in [^:.]*:", "", plain))
    return ""


def _first_sentences(text: str) -> str:
    sentence = re.match(r".{40,400}?[.!?](?= |$)", text)
    return sentence.group() if sentence else text[:400]
