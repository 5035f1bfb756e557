"""The option of the command line that does what a remedy says, as part of the sentence."""

from __future__ import annotations

from ..errors import Fix


def with_option(sentence: str, fix: Fix | None) -> str:
    """A sentence with the option of its fix in brackets before the end mark.

    >>> with_option("Start from the landmarks.", Fix("Start there", {}, "--initial landmarks"))
    'Start from the landmarks (--initial landmarks).'
    """
    if fix is None or not fix.option or not sentence:
        return sentence
    text, end = (sentence[:-1], sentence[-1]) if sentence[-1] in ".?!" else (sentence, "")
    return f"{text} ({fix.option}){end}"
