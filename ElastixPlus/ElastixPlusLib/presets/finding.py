"""Find presets: by words as people type them, and by what the presets say of themselves."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..errors import ParameterFileError
from .description import describe, search_text
from .preset import ANY, Preset

# Each row is one thing; its first name is the one that presets use. Hyphens and other signs count as blanks.
_SAME: tuple[tuple[str, ...], ...] = (
    ("mr", "mri", "magnetic resonance"),
    ("ct", "computed tomography"),
    ("cbct", "cone beam ct", "cone beam", "conebeam"),
    ("microct", "micro ct", "\u03bcct"),
    ("pet", "positron emission tomography", "positron emission"),
    ("us", "ultrasound", "sonography"),
    ("b spline", "bspline", "deformable", "nonrigid", "non rigid", "elastic", "free form"),
    ("similarity", "rigid with scaling", "rigid scaling"),
    ("head neck", "head and neck"),
    ("lung", "lungs", "pulmonary"),
    ("chest", "thorax", "thoracic"),
    ("abdomen", "abdominal"),
    ("pelvis", "pelvic"),
    ("brain", "cerebral"),
    ("heart", "cardiac"),
    ("breast", "breasts", "mamma"),
    ("liver", "hepatic"),
    ("oesophagus", "esophagus"),
    ("mouse", "mice", "murine"),
    ("rat", "rats"),
    ("breathing", "respiration", "respiratory", "inhale", "exhale"),
    ("different", "inter subject", "intersubject", "interpatient", "inter patient"),
    ("same", "intra subject", "intrasubject", "intrapatient", "intra patient"),
)
# Who looks for the one is served by the other, too, but not the other way round: an organ and the region it lies in.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "prostate": ("pelvis",),
    "cervix": ("pelvis",),
    "bladder": ("pelvis",),
    "rectum": ("pelvis",),
    "uterus": ("pelvis",),
    "chest": ("lung",),
    "skull": ("head",),
    "face": ("head",),
    "small animal": ("mouse", "rat"),
    "rodent": ("mouse", "rat"),
    "breathing": ("lung",),
}
_UNSAID = frozenset(("a", "and", "for", "from", "in", "of", "on", "onto", "or", "the", "to", "with"))
_FIRST = {other: group[0] for group in _SAME for other in group}
_PHRASES = frozenset(_FIRST) | frozenset(_ALSO)
_LONGEST_PHRASE = max(len(phrase.split()) for phrase in _PHRASES)
_FEWEST_LETTERS_TO_GUESS = 4
_LONGEST_ABBREVIATION = 3


@dataclass(frozen=True)
class Filter:
    """What is looked for; a field that is left as it is narrows nothing down.

    All but the words are strict: a preset for everything is not listed under "lung".

    :param words: as typed; every one has to occur in what is known of a preset, in this form or as a synonym.
    :param anatomy: such as "lung"; only presets that name it.
    :param modality: one modality or several, such as "CT" or ("CT", "CBCT"); only presets that name all of them.
    :param subject: "same" or "different" patient; only presets that are made for just that.
    :param transform: what the last stage is, such as "rigid", "affine" or "B-spline".
    :param only_mine: only what does not come with ElastixPlus: the user's own and those of the scene.
    """

    words: str = ""
    anatomy: str = ANY
    modality: str | Sequence[str] = ANY
    subject: str = ANY
    transform: str = ANY
    only_mine: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return self != Filter(words=self.words) or bool(self.words.strip())


@dataclass(frozen=True)
class PresetIndex:
    """Presets with the texts in which words are looked for, which are read from the parameter files once.

    :param presets: in the order in which they are found.
    """

    presets: tuple[Preset, ...]

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """What is known of each preset by its id, as single words of :func:`plain_words`."""
        return {preset.id: _text_of(preset) for preset in self.presets}

    def found(self, wanted: Filter) -> tuple[Preset, ...]:
        """The presets that a filter leaves; those that have the words in their names come first."""
        terms = _terms(wanted.words)
        left = [
            preset
            for preset in self.presets
            if _fits(preset, wanted) and (not terms or _has_all(self.texts[preset.id], terms))
        ]
        themselves = [alternatives[:1] for alternatives in terms]
        return tuple(sorted(left, key=lambda preset: not _has_all(_name_of(preset), themselves)))


def found(presets: Iterable[Preset], wanted: Filter) -> tuple[Preset, ...]:
    """The presets that a filter leaves, in their order, but those that have the words in their names first.

    Reads the parameter files where there are words: use a :class:`PresetIndex` for several questions.

    >>> from ElastixPlusLib.presets import list_presets
    >>> [preset.id for preset in found(list_presets(), Filter("cone beam", anatomy="prostate"))]
    ['prostate-ct-cbct']
    >>> found(list_presets(), Filter(anatomy="xylophone"))
    ()
    """
    return PresetIndex(tuple(presets)).found(wanted)


def anatomies(presets: Iterable[Preset]) -> tuple[str, ...]:
    """What can be chosen as anatomy: "any", then what the presets name, sorted.

    >>> anatomies([Preset("a", "A", anatomy=("lung",)), Preset("b", "B", anatomy=("brain", "Lungs"))])
    ('any', 'brain', 'lung')
    """
    return _choices(name for preset in presets for name in preset.anatomy)


def modalities(presets: Iterable[Preset]) -> tuple[str, ...]:
    """What can be chosen as modality: "any", then what the presets name, sorted.

    >>> modalities([Preset("a", "A", modality=("MR", "CT")), Preset("b", "B")])
    ('any', 'CT', 'MR')
    """
    return _choices(name for preset in presets for name in preset.modality)


def general(presets: Iterable[Preset]) -> tuple[Preset, ...]:
    """The presets that are made for every anatomy and modality.

    >>> [preset.id for preset in general([Preset("a", "A", anatomy=("lung",)), Preset("b", "B")])]
    ['b']
    """
    return tuple(preset for preset in presets if preset.anatomy == (ANY,) == preset.modality)


def names(named: Iterable[str], asked: str) -> bool:
    """Whether one of the names of a preset is what is asked for, or has it as a word.

    >>> names(("MRI T1",), "MR"), names(("any",), "MR"), names(("head and neck",), "head-neck")
    (True, False, True)
    """
    wanted = f" {plain_words(asked)} "
    return bool(wanted.strip()) and any(wanted in f" {plain_words(name)} " for name in named)


def regions_of(anatomy: str) -> tuple[str, ...]:
    """An anatomy and what it lies in, the closest first.

    >>> regions_of("prostate"), regions_of("Lungs")
    (('prostate', 'pelvis'), ('lung',))
    """
    plain = plain_words(anatomy)
    return (plain, *_ALSO.get(plain, ()))


def plain_words(text: str) -> str:
    """A text in lower case, without accents and signs, with one name for everything that has several.

    >>> plain_words("Cone-beam CT / MRI, thorácic")
    'cbct mr chest'
    """
    tokens, plain = _tokens(text), []
    while tokens:
        phrase = _phrase_at_start(tokens)
        plain.append(_FIRST.get(phrase, phrase))
        tokens = tokens[len(phrase.split()) :]
    return " ".join(plain)


def _tokens(text: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    decomposed = unicodedata.normalize("NFKD", decomposed)  # upper case may have accents that it had not before
    return re.sub(r"[\W_]+", " ", "".join(one for one in decomposed if not unicodedata.combining(one))).split()


def _phrase_at_start(tokens: Sequence[str]) -> str:
    """The longest phrase of the tables that a list of words begins with; else its first word."""
    for length in range(min(_LONGEST_PHRASE, len(tokens)), 0, -1):
        phrase = " ".join(tokens[:length])
        if phrase in _PHRASES:
            return phrase
    return tokens[0]


def _terms(words: str) -> tuple[tuple[str, ...], ...]:
    """For each thing that is looked for the patterns of which one has to occur."""
    terms, tokens = [], _tokens(words)
    while tokens:
        phrase = _phrase_at_start(tokens)
        tokens = tokens[len(phrase.split()) :]
        if phrase not in _UNSAID:
            terms.append(_alternatives(phrase))
    return tuple(terms)


def _alternatives(phrase: str) -> tuple[str, ...]:
    """Where the phrase is known, it and what else serves; else words that begin with it, or that it begins."""
    if phrase in _PHRASES:
        return tuple(_as_words(one) for one in regions_of(phrase))
    begun = []
    if len(phrase) >= _FEWEST_LETTERS_TO_GUESS:  # still being typed
        begun = [regions_of(known) for known in _PHRASES if known.startswith(phrase)]
    return (f" {phrase}", *(_as_words(one) for regions in begun for one in regions))


def _as_words(phrase: str) -> str:
    """Short ones stand alone: "us" is no beginning of "used"."""
    return f" {phrase} " if len(phrase) <= _LONGEST_ABBREVIATION else f" {phrase}"


def _has_all(text: str, terms: Iterable[tuple[str, ...]]) -> bool:
    return all(any(one in text for one in alternatives) for alternatives in terms)


def _text_of(preset: Preset) -> str:
    return f" {plain_words(search_text(preset))} {plain_words(preset.subject)} "


def _name_of(preset: Preset) -> str:
    return f" {plain_words(preset.id)} {plain_words(preset.title)} "


def _fits(preset: Preset, wanted: Filter) -> bool:
    modalities_wanted = [wanted.modality] if isinstance(wanted.modality, str) else wanted.modality
    return (
        (wanted.anatomy == ANY or names(preset.anatomy, wanted.anatomy))
        and all(one == ANY or names(preset.modality, one) for one in modalities_wanted)
        and wanted.subject in (ANY, preset.subject)
        and (wanted.transform == ANY or _ends_with(preset, wanted.transform))
        and not (wanted.only_mine and preset.origin == "built-in")
    )


def _ends_with(preset: Preset, transform: str) -> bool:
    """Whether the last stage is a kind of transform, as :func:`.description.describe` says it."""
    try:
        last = preset.recipe.landmark_fit or describe(preset).split(";")[0].split(", then ")[-1]
    except ParameterFileError:
        return False
    return f"{plain_words(last)} ".startswith(f"{plain_words(transform)} ")


def _choices(named: Iterable[str]) -> tuple[str, ...]:
    """Each thing once, in the spelling that is its own name where there is one, else as it comes first."""
    spelled: dict[str, str] = {}
    for name in named:
        plain = plain_words(name)
        if plain not in spelled or " ".join(_tokens(spelled[plain])) != plain:
            spelled[plain] = name
    spelled.pop(ANY, None)
    return (ANY, *sorted(spelled.values(), key=str.casefold))
