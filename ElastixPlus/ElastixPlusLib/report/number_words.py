"""Measured numbers in the words of a report."""

from __future__ import annotations

import math

_NOTHING = "–"  # an empty cell is easier to overlook


def millimetres(value: float | None) -> str:
    """A distance in millimetres, without its unit.

    >>> millimetres(1.8684), millimetres(None)
    ('1.87', '–')
    """
    return number(value, 2, keep_zeros=True)


def number(value: float | None, digits: int = 3, *, keep_zeros: bool = False) -> str:
    """A number with so many digits after the point.

    >>> number(0.8), number(0.8, keep_zeros=True)
    ('0.8', '0.800')
    """
    if value is None or not math.isfinite(value):
        return _NOTHING
    text = f"{value:.{digits}f}"
    if not keep_zeros and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.removeprefix("-") if not text.strip("-0.") else text


def limit(value: float, least_digits: int = 1) -> str:
    """What something is held against, without needless zeros.

    >>> limit(1.0), limit(0.9375), limit(0.8, 2)
    ('1.0', '0.938', '0.80')
    """
    whole, _, part = f"{value:.3f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(least_digits, '0')}"


def small(value: float | None) -> str:
    """A number of any size, with three digits that count or more.

    >>> small(0.00012345), small(123456.0)
    ('0.000123', '123,456')
    """
    if value is None or not math.isfinite(value):
        return _NOTHING
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def share(percent: float | None) -> str:
    """A share in percent that does not round something to nothing.

    >>> share(0.0), share(0.0031), share(12.345)
    ('0 %', '< 0.01 %', '12.35 %')
    """
    if percent is None or not math.isfinite(percent):
        return _NOTHING
    if 0.0 < percent < 0.01:
        return "< 0.01 %"
    return f"{number(percent, 2)} %"


def interval(bounds: tuple[float, float] | None) -> str:
    """The ends of an interval in millimetres.

    >>> interval((1.501, 2.249))
    '1.50 to 2.25'
    """
    return _NOTHING if bounds is None else f"{millimetres(bounds[0])} to {millimetres(bounds[1])}"


def difference(before: float, after: float) -> str:
    """A change in millimetres with its sign.

    >>> difference(3.0, 1.75), difference(1.0, 1.5)
    ('-1.25', '+0.50')
    """
    change = after - before
    return f"+{millimetres(change)}" if round(change, 2) > 0 else millimetres(change)
