"""Endings of the files that are read and written; known without loading MRML."""

from __future__ import annotations

START_ENDINGS = (".h5", ".tfm", ".txt", ".mat", ".xfm")
TRANSFORM_ENDINGS = (".h5", ".tfm")
VOLUME_ENDINGS = (".nrrd", ".nii.gz", ".nii", ".mha")
