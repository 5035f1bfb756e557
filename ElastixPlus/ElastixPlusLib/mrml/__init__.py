"""Everything that touches MRML nodes: frames, volumes, masks, landmarks, transforms and their files."""
