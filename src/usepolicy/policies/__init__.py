"""The core model: versions, clauses, restrictions, provisions, policies and codings.

Owns the nouns of the project as frozen values and pure functions on them. It knows no file
format, no network, no clock and none of the other packages.
"""
