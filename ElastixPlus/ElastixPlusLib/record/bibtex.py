"""References as entries of BibTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..report.citations import Citation
from ..report.shown_text import one_line

_DOI = re.compile(r"10\.\d{4,9}/[^\s{}\\%#\"]+")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_PARTICLES = ("van", "von", "de", "der", "den", "ter")
# What would end a field, begin a comment or be a command.
_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{letter: f"\\{letter}" for letter in "&%$#_"},
}


def references_as_bibtex(references: Sequence[Citation]) -> str:
    """Entries for a file of BibTeX, in order; what is known as a text only becomes an entry with a note.

    >>> from ..report.citations import FRE_IS_NOT_TRE
    >>> print(references_as_bibtex([FRE_IS_NOT_TRE]), end="")
    @article{Fitzpatrick2009,
      author = {Fitzpatrick, J. M.},
      title = {{Fiducial registration error and target registration error are uncorrelated}},
      journal = {Proc SPIE},
      year = {2009},
      volume = {7261},
      pages = {726102},
      doi = {10.1117/12.813601},
    }
    """
    entries: list[str] = []
    keys: list[str] = []
    for reference in references:
        key = _key(reference)
        keys.append(key)
        number = keys.count(key)
        entries.append(_entry(reference, key if number == 1 else f"{key}-{number}"))
    return "\n".join(entries)


def _entry(reference: Citation, key: str) -> str:
    volume, _, number = reference.issue.rstrip(")").partition("(")
    is_whole = bool(reference.authors)
    fields = {
        "author": _authors(reference.authors),
        # twice in braces: capital letters stay
        "title": f"{{{_escaped(reference.title)}}}" if is_whole else "",
        "note": "" if is_whole else _escaped(reference.text),
        "journal": _escaped(reference.place),
        "year": _year(reference),
        "volume": _escaped(volume),
        "number": _escaped(number),
        "pages": _escaped(reference.pages).replace("-", "--"),
        "doi": reference.doi if _DOI.fullmatch(reference.doi) else "",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{'article' if is_whole else 'misc'}{{{key},", *lines, "}", ""])


def _key(reference: Citation) -> str:
    first = (reference.authors or reference.title).replace(",", " ").split(" ")
    names = [word for word in first if word.lower() not in _PARTICLES]
    letters = "".join(letter for letter in (names[0] if names else "") if letter.isascii() and letter.isalnum())
    return f"{letters[:40] or 'reference'}{_year(reference)}"


def _year(reference: Citation) -> str:
    if reference.authors:
        return reference.year
    years = _YEAR.findall(reference.title)
    return years[-1] if len(set(years)) == 1 else ""


def _authors(authors: str) -> str:
    """The names as BibTeX wants them."""
    return " and ".join("others" if name == "et al" else _author(name) for name in authors.split(", ") if name)


def _author(name: str) -> str:
    family, _, initials = name.rpartition(" ")
    spelled = " ".join(f"{letter}." for letter in initials if letter.isalpha())
    return _escaped(f"{family}, {spelled}" if family else name)


def _escaped(text: str) -> str:
    return "".join(_ESCAPED.get(letter, letter) for letter in one_line(text))
