"""Tracking: how policies change over time, with the noise told from what matters."""
