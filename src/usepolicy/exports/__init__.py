"""Exports: codings as tables, policies as disclosure sheets and citations, for other programs."""
