"""Bytes for hypothesis: real inputs with pieces taken out, put in, doubled, or taken from each other."""

from __future__ import annotations

from hypothesis import strategies as st

from .fuzz_target import FuzzTarget

_MOST_CHANGES = 5
_LENGTHS = (0, 0, 1, 1, 4, 16, 64, 10**6)
_TIMES = (1, 1, 1, 1, 2, 40)


@st.composite
def mutated(draw: st.DrawFn, target: FuzzTarget, seeds: list[bytes]) -> bytes:
    """An input of a target: one of its seeds, changed in up to five places, or anything."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, _MOST_CHANGES))):
        start = draw(st.integers(0, len(data)))
        end = min(start + draw(st.sampled_from(_LENGTHS)), len(data))
        data = data[:start] + _piece(draw, target, seeds) * draw(st.sampled_from(_TIMES)) + data[end:]
    return data[: target.longest_bytes]


def _piece(draw: st.DrawFn, target: FuzzTarget, seeds: list[bytes]) -> bytes:
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return b""
    if kind == 1:
        return draw(st.binary(max_size=6))
    if kind == 2:
        return draw(st.sampled_from(target.tokens))
    other = draw(st.sampled_from(seeds))
    start = draw(st.integers(0, len(other)))
    return other[start : start + draw(st.sampled_from((1, 8, 40, 200)))]
