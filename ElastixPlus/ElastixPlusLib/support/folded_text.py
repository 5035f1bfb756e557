"""A text as a reader takes it in: without case, accents, escapes and marks, each letter with its place in the text.

``M%C3%BCller``, ``M\\u00fcller``, ``MÜLLER`` and a ``Müller`` of two code points per letter are all the same name.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

# Letters that Unicode does not take for one with an accent, though every keyboard without them does.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "ħ": "h"}
)
_TOKEN = re.compile(
    r"(?P<plain>[A-Za-z0-9]+)|(?P<line>[\r\n]+)|(?P<escape>(?:%[0-9A-Fa-f]{2})+|(?:\\u[0-9A-Fa-f]{4})+"
    r"|(?:\\x[0-9A-Fa-f]{2})+|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});)"
    r"|(?P<marks>[\x00-\x09\x0b\x0c\x0e-\x24\x27-\x2f\x3a-\x40\x5b\x5d-\x60\x7b-\x7f]+)|(?P<other>.)",
    re.DOTALL,
)
_BLANKS = re.compile(" +")
_UNSEEN = ("Mn", "Cf")  # accents that stand behind their letter, and marks without a width
_HEX = re.compile(r"[0-9A-Fa-f]{2,4}")


@dataclass(frozen=True)
class FoldedText:
    """Lower-case letters and digits, one blank for all marks between them, line ends kept.

    :param text: the letters.
    :param starts: where in the text that it was made from each of them begins.
    :param ends: where it ends.
    """

    text: str
    starts: list[int]
    ends: list[int]

    @staticmethod
    def of(text: str) -> FoldedText:
        """Fold a text.

        >>> FoldedText.of("M%C3%BCller^Hans, \\N{LATIN CAPITAL LETTER A WITH RING ABOVE}se").text
        'muller hans ase'
        """
        letters: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for match in _TOKEN.finditer(text):
            start, end = match.span()
            if match.lastgroup == "plain":
                letters.append(match.group().lower())
                starts.extend(range(start, end))
                ends.extend(range(start + 1, end + 1))
                continue
            folded = "\n" if match.lastgroup == "line" else _folded(match.group())
            if letters and letters[-1][-1] in " \n":
                folded = folded.lstrip(" ")
            if folded:
                letters.append(folded)
            starts.extend([start] * len(folded))
            ends.extend([end] * len(folded))
        return FoldedText("".join(letters), starts, ends)

    def without_marks(self) -> FoldedText:
        """The same without blanks, so that it does not matter which marks stand between the words."""
        kept = [place for place, letter in enumerate(self.text) if letter != " "]
        return FoldedText(
            self.text.replace(" ", ""), [self.starts[place] for place in kept], [self.ends[place] for place in kept]
        )


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, folded.

    >>> words_of("Müller^Hans 1953-04-02"), words_of("STRAẞE"), words_of("^ _ ^")
    (('muller', 'hans', '1953', '04', '02'), ('strasse',), ())
    """
    return tuple(FoldedText.of(text).text.split())


@lru_cache(maxsize=4096)
def _folded(token: str) -> str:
    """Letters and digits of a token that is no plain word; a blank for marks, nothing for what is not seen."""
    plain = _decoded(token) if len(token) > 2 else token
    folded = _without_accents(_without_accents(plain).casefold().translate(_PLAIN))  # casefold may give accents
    return _BLANKS.sub(" ", "".join(letter if letter.isalnum() else " " for letter in folded))


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if unicodedata.category(letter) not in _UNSEEN)


def _decoded(token: str) -> str:
    if token.startswith("&"):
        return html.unescape(token)
    if token.startswith("%"):
        return _text(unquote_to_bytes(token))
    if token.startswith("\\x"):
        return _text(bytes(int(number, 16) for number in _HEX.findall(token)))
    if token.startswith("\\u"):
        units = b"".join(int(number, 16).to_bytes(2, "little") for number in _HEX.findall(token))
        return units.decode("utf-16-le", errors="replace")
    return token


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
