"""How long a test waits for something that must come: far beyond any busy machine, since only failures pay it."""

__all__ = ["PATIENCE_S"]

PATIENCE_S = 20.0
