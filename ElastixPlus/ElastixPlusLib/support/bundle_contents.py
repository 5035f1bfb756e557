"""What is posted about a run, as texts, so that it can be read before it is written or sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import PresetError
from ..presets.library import builtin_preset_folder
from ..record.record_json import record_text
from ..record.run_record import RunRecord
from .bundle_guide import GUIDE_FILE, guide
from .geometry_text import geometry_text
from .hidden_names import HiddenName, Names
from .log_text import HEAD_BYTES, TAIL_BYTES, ReadText, read_text
from .names_of_run import REMOVED, computers_in, folder_names, names_of_record, names_of_surroundings, users_in
from .names_removed import parameters_without_names, record_without_names, text_without_names
from .surroundings import Surroundings

RECORD_FILE, GEOMETRY_FILE, SOFTWARE_FILE = "record.json", "geometry.txt", "software.txt"
_MOST_FILES = 40
_IN_FOLDER = re.compile(r"console\.txt|parameters\.\d{1,3}\.txt|initial_transform\.txt")
_IN_RESULT = re.compile(
    r"(?:elastix|transformix)\.log|TransformParameters\.\d{1,3}\.txt|IterationInfo\.\d{1,3}\.R\d{1,3}\.txt"
)
_PARAMETER_FILE = re.compile(r"(?:parameters|TransformParameters|initial_transform)\b.*\.txt")
_EDGE_BYTES = 100_000
_LARGEST_BUILTIN = 100_000


@dataclass(frozen=True)
class BundleFile:
    """One file of a bundle.

    :param name: with ``/`` between folders.
    :param text: all of it.
    """

    name: str
    text: str


@dataclass(frozen=True)
class Bundle:
    """What is posted about a run.

    :param files: all of it, in the order to be read.
    :param names: what must not be seen in it.
    :param left_out: files of the run that are not in it, with why, as sentences.
    """

    files: tuple[BundleFile, ...]
    names: Names = field(repr=False)
    left_out: tuple[str, ...] = ()


def collect_bundle(
    record: RunRecord | None,
    folder: Path | None = None,
    doctor_lines: Sequence[str] = (),
    further_names: Sequence[str] = (),
    surroundings: Surroundings | None = None,
) -> Bundle:
    """Collect what can be posted about a run; reads its folder and changes nothing. Takes up to seconds.

    :param record: of the run; None where there is none.
    :param folder: the folder of the run, or of its report; of its files only known texts are read, no voxels.
    :param doctor_lines: what is known of the engine and the application.
    :param further_names: words that somebody knows to be names.
    :param surroundings: the computer and its user; None takes those of this process.
    """
    known = builtin_preset_texts(record.choices.preset if record is not None else "")
    read, left_out = _texts_in(folder)
    around = Surroundings.here() if surroundings is None else surroundings
    texts = [text for _, text in read] + list(doctor_lines)
    names = [HiddenName(word, REMOVED, is_certain=True) for word in further_names]
    names += names_of_record(record, known.presets, known.files) if record is not None else []
    names += names_of_surroundings(around)
    names += folder_names(str(folder.absolute())) if folder is not None else []
    names += [name for text in texts for found in (users_in(text), computers_in(text)) for name in found]
    hidden = Names.of(names, known.files)
    files = list(_files(record, read, doctor_lines, hidden, known))
    files.insert(0, BundleFile(GUIDE_FILE, guide([file.name for file in files], left_out, record is not None)))
    return Bundle(tuple(files), hidden, left_out)


def bundle_contents(
    record: RunRecord | None, folder: Path | None = None, doctor_lines: Sequence[str] = ()
) -> tuple[BundleFile, ...]:
    """The files of :func:`collect_bundle` alone, to be shown."""
    return collect_bundle(record, folder, doctor_lines).files


@dataclass(frozen=True)
class BuiltinTexts:
    """What comes with ElastixPlus and may be shown.

    :param presets: ids of presets.
    :param files: names of the parameter files of one of them.
    :param comments: lines of comments in these.
    """

    presets: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    comments: frozenset[str] = frozenset()


def builtin_preset_texts(preset: str) -> BuiltinTexts:
    """What is known of the built-in presets, and what one of them says in its files.

    :param preset: its id; nothing is known of the files of any other.
    """
    try:
        folder = builtin_preset_folder()
    except PresetError:
        return BuiltinTexts()
    presets = frozenset(path.name for path in folder.iterdir() if path.is_dir())
    if preset not in presets:
        return BuiltinTexts(presets)
    files = sorted((folder / preset).glob("*.txt"))
    lines = [line.strip() for file in files for line in file.read_text("utf-8")[:_LARGEST_BUILTIN].splitlines()]
    comments = {f"//{line.partition('//')[2]}".strip() for line in lines if "//" in line}
    return BuiltinTexts(presets, frozenset(file.name for file in files), frozenset(comments))


def _texts_in(folder: Path | None) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """Name and text of every file of a run that is known, and what was left out."""
    read: list[tuple[str, str]] = []
    left_out: list[str] = []
    for name, path in _known_files(folder):
        found = ReadText(why_not="is one of too many") if len(read) == _MOST_FILES else read_text(path, *_limits(name))
        if found is not None and found.why_not:
            left_out.append(f"{name} {found.why_not}.")
        elif found is not None and found.text.strip():
            read.append((name, found.text))
    return read, tuple(left_out)


def _limits(name: str) -> tuple[int, int]:
    """Bytes at the beginning and at the end of a file that are read; of tables and coefficients few are enough."""
    return (HEAD_BYTES, TAIL_BYTES) if name.endswith(("console.txt", ".log")) else (_EDGE_BYTES, _EDGE_BYTES)


def _known_files(folder: Path | None) -> Iterator[tuple[str, Path]]:
    """The texts that a run is known to leave, by their names; a folder behind a link is not looked into."""
    if folder is None:
        return
    places = ((folder, "", _IN_FOLDER), (folder / "result", "result/", _IN_RESULT))
    for place, before, known in places:
        if before and (place.is_symlink() or not place.is_dir()):
            continue
        try:
            names = sorted(path.name for path in place.iterdir() if known.fullmatch(path.name))
        except OSError:
            continue
        yield from ((before + name, place / name) for name in sorted(names, key=_in_order))


def _in_order(name: str) -> tuple[str, list[int]]:
    return re.sub(r"\d+", "", name), [int(number) for number in re.findall(r"\d+", name)]


def _files(
    record: RunRecord | None,
    read: list[tuple[str, str]],
    doctor_lines: Sequence[str],
    names: Names,
    known: BuiltinTexts,
) -> Iterator[BundleFile]:
    """Every file without names."""
    if doctor_lines:
        yield BundleFile(SOFTWARE_FILE, text_without_names("\n".join(doctor_lines) + "\n", names))
    if record is not None:
        shown = record_without_names(record, names, known_presets=known.presets, known_comments=known.comments)
        yield BundleFile(GEOMETRY_FILE, text_without_names(geometry_text(shown), names))
        yield BundleFile(RECORD_FILE, record_text(shown))
    console = {line for name, text in read if name == "console.txt" for line in text.splitlines()}
    for name, text in read:
        if name == "result/elastix.log" and console.issuperset(text.splitlines()):
            continue  # all of it is in console.txt
        if _PARAMETER_FILE.fullmatch(name.split("/")[-1]):
            comments = known.comments if name.startswith("parameters") else _COMMENTS_OF_ELASTIX
            yield BundleFile(name, parameters_without_names(text, names, comments))
        else:
            yield BundleFile(name, text_without_names(text, names))


_COMMENTS_OF_ELASTIX: frozenset[str] = frozenset({"// Image specific"})
