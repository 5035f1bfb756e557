"""From a request to one that can run: taken out of the scene, fitted to its preset, masks and landmarks, and checked."""
