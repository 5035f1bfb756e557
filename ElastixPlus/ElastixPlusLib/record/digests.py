"""Checksums of what went into a run and of what came out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

_PIECE_BYTES = 2**20


def digest_of_arrays(*arrays: npt.NDArray[np.generic]) -> str:
    """SHA-256 of the numbers in arrays, their types and shapes included, the same on every computer.

    >>> digest_of_arrays(np.arange(3, dtype=">i2")) == digest_of_arrays(np.arange(3, dtype="<i2"))
    True
    """
    digest = hashlib.sha256()
    for array in arrays:
        little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{little.dtype.str}{little.shape}".encode("ascii"))
        digest.update(little.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def digest_of_texts(texts: Iterable[str]) -> str:
    """SHA-256 of texts, in order."""
    digest = hashlib.sha256()
    for text in texts:
        encoded = text.encode("utf-8", errors="surrogatepass")
        digest.update(f"{len(encoded)}:".encode("ascii"))
        digest.update(encoded)
    return digest.hexdigest()


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file; empty where it cannot be read: that is no reason to lose a run."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    except OSError:
        return ""
    return digest.hexdigest()
