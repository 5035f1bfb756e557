"""How good is it: from a transform, two volumes and what is marked in them to the evidence."""
