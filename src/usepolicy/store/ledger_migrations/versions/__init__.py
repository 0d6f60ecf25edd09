"""A script for each form that the ledger had."""
