"""Endings of the files that results can be written to; known without loading MRML."""

from __future__ import annotations

TRANSFORM_ENDINGS = (".h5", ".tfm")
VOLUME_ENDINGS = (".nrrd", ".nii.gz", ".nii", ".mha")
