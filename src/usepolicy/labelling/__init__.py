"""Labelling: which categories a text names, behind one protocol for clauses, uses and requests."""
