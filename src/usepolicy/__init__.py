"""usepolicy: read, compare, track, ask, enforce and account for acceptable use policies."""

__version__ = "0.1.0"
