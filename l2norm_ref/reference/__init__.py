"""The generated reference implementations: NumPy only, one file a layer, each usable on its own."""
