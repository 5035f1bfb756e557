"""From a request to one that can run: taken out of the scene, fitted to preset, masks and landmarks, and checked."""
