"""Parameter files as people keep them: the built-in ones, written in every way that elastix reads the same.

What each file says is known from how it was made, not from reading it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from ElastixPlusLib.presets import builtin_preset_folder, list_presets

COUNT = 320
SEED = 6
LONG = 2000

COMMENTS = (
    "",
    " plain",
    ' it is 5" wide',
    ' (Old "value")',
    ' (Metric "x") // and again',
    "///////////////",
    "http://elastix.dev/a_(b).html",
    " 100 % ; $ & | < > ?",
    " \t tabs \t",
    "*********** ImageTypes",
)
LATIN_COMMENTS = (" Größe in mm²", " d'après le médecin é")
OTHER_COMMENTS = (" “typographic” quotes", " 肺 Ω")
WORDS = ("R&D, x", "b)c", "(b", "#1", "a  b", " at both ends ", "x;y", "2 mm", "it's", "C:\\data")
NUMBERS = ("-0.5", "+5", ".5", "1e-3", "6.000000", "-1E+05", "0", "007", "1.", "-0", "1e400")
BLANKS = ("", "", "", " ", "\t", "   ", " \t ")
SEPARATORS = (" ", " ", "  ", "\t", " \t ")

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_BARE = re.compile(r"(?!.*//)[A-Za-z0-9.+\-_:/\\*~']+")


@dataclass(frozen=True)
class WildFile:
    """One file.

    :param name: what it was made of.
    :param values: what it says, in its order.
    :param lines: with their line ends.
    :param encoding: of its text.
    :param traits: what is unusual about it, in words.
    """

    name: str
    values: dict[str, tuple[str, ...]]
    lines: tuple[str, ...]
    encoding: str
    traits: frozenset[str]

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return "".join(self.lines).encode(self.encoding)


@lru_cache(maxsize=1)
def wild_files() -> tuple[WildFile, ...]:
    """All of them, the same in every run."""
    bases = [
        (f"{preset.id}-{stage.name}", {name: file.get(name) or () for name in file.names})
        for preset in list_presets([builtin_preset_folder()])
        for stage, file in zip(preset.stages, preset.parameter_files(), strict=True)
    ]
    return tuple(
        _wild_file(f"{number:03d}-{name}", values, random.Random(SEED + number))
        for number, (name, values) in enumerate(bases[index % len(bases)] for index in range(COUNT))
    )


def with_duplicate(file: WildFile, seed: int) -> tuple[bytes, str, int, int]:
    """A file that sets one parameter twice.

    :returns: its bytes, the name of the parameter, and the two lines, counted from 1.
    """
    chance = random.Random(seed)
    name = chance.choice(list(file.values))
    first = next(number for number, line in enumerate(file.lines, 1) if _sets(line, name))
    second = chance.randint(first + 1, len(file.lines) + 1)
    before, after = list(file.lines[: second - 1]), file.lines[second - 1 :]
    before[-1] = before[-1] if before[-1].endswith("\n") else before[-1] + "\n"
    again = statement(name, chance.choice((file.values[name], ("1",))), chance) + "\n"
    return "".join([*before, again, *after]).encode(file.encoding), name, first, second


def statement(name: str, values: Sequence[str], chance: random.Random) -> str:
    """A parameter in one of the ways to write it."""
    written = [_value(value, chance) for value in values] or ['""']
    text = written[0]
    for before, value in pairwise(written):
        is_apart = before.endswith('"') and value.startswith('"') and chance.random() < 0.2
        text += ("" if is_apart else chance.choice(SEPARATORS)) + value
    can_stick = re.match(r'"[^"]*"[ \t]+[^ \t]', text)  # elastix looks for a blank with something behind it
    gap = "" if can_stick and chance.random() < 0.2 else chance.choice(SEPARATORS)
    return f"{chance.choice(BLANKS)}({name}{gap}{text}{chance.choice(BLANKS)})"


def spelled(value: str, chance: random.Random) -> str:
    """The same number in other digits; anything else as it is."""
    if not _NUMBER.fullmatch(value):
        return value
    ways: list[Callable[[str], str]] = [
        lambda text: f"+{text}",
        lambda text: f"{float(text):.6f}",
        lambda text: f"{float(text):e}",
        lambda text: f"{float(text):G}",
        lambda text: text.removeprefix("0") if text.startswith("0.") else text,
        lambda text: f"{text}." if text.isdigit() else f"{text}0",
        lambda text: f"0{text}",
    ]
    other = chance.choice(ways)(value)
    return other if float(other) == float(value) else value


def _wild_file(name: str, values: dict[str, tuple[str, ...]], chance: random.Random) -> WildFile:
    traits = {trait for trait in _TRAITS if chance.random() < 0.3}
    encoding = chance.choice(("utf-8", "utf-8", "utf-8-sig", "latin-1"))
    said = {key: tuple(spelled(value, chance) for value in given) for key, given in values.items()}
    said |= _own_parameters(chance, traits)
    items = list(said.items())
    if "shuffled" in traits:
        chance.shuffle(items)
    comments = COMMENTS + LATIN_COMMENTS + (() if encoding == "latin-1" else OTHER_COMMENTS)
    lines = ["// é"] if encoding == "latin-1" else []
    for key, given in items:
        while chance.random() < 0.3:
            lines.append(chance.choice(BLANKS) + (f"//{chance.choice(comments)}" if chance.random() < 0.6 else ""))
        line = statement(key, given, chance) + chance.choice(BLANKS)
        lines.append(line + (f"//{chance.choice(comments)}" if chance.random() < 0.3 else ""))
    if "long comment" in traits:
        lines.insert(chance.randint(0, len(lines)), "//" + " (x" * LONG)
    ends = ("\r\n",) if "CRLF" in traits else ("\n", "\r\n") if "mixed line ends" in traits else ("\n",)
    ended = [line + chance.choice(ends) for line in lines]
    if "no line end at the end" in traits:
        ended[-1] = lines[-1]
    return WildFile(name, dict(items), tuple(ended), encoding, frozenset(traits | {encoding}))


_TRAITS = (
    "shuffled",
    "long comment",
    "CRLF",
    "mixed line ends",
    "no line end at the end",
    "many values",
    "long word",
    "odd words",
    "odd numbers",
    "no value",
    "letters with accents",
)


def _own_parameters(chance: random.Random, traits: set[str]) -> dict[str, tuple[str, ...]]:
    own = {
        "many values": {"WildMany": tuple(str(chance.randint(-9, 9)) for _ in range(LONG // 10))},
        "long word": {"WildLong1": ("x" * LONG,)},
        "odd words": {"Wild_Words": tuple(chance.sample(WORDS, 4))},
        "odd numbers": {"Wild-Numbers": tuple(chance.sample(NUMBERS, 6))},
        "no value": {"WildNothing": ()},
        "letters with accents": {"WildAccents": ("Größe", "é")},
    }
    return {name: values for trait, one in own.items() if trait in traits for name, values in one.items()}


def _value(value: str, chance: random.Random) -> str:
    can_be_bare = _BARE.fullmatch(value) is not None
    return value if can_be_bare and chance.random() < 0.5 else f'"{value}"'


def _sets(line: str, name: str) -> bool:
    return re.match(rf'[ \t]*\({re.escape(name)}[ \t"]', line) is not None
