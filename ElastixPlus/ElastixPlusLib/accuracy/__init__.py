"""How good is it: what is left at the landmarks after a registration."""
