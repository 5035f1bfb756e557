"""Small behaviours that were asked of the real application and are asked of the bench."""
