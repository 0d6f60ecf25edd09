"""Comparison of codings: who names which categories, and how strictly.

Owns pure functions on codings: no file, no network, no clock. Where codings come from and how
a comparison is shown is for others.
"""
