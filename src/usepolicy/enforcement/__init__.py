"""Enforcement: rules, detectors and decisions, and the account that is kept of them."""
