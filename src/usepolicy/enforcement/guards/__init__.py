"""Guards: policies in the form that guard models need, and detectors over those models."""
