"""Delivering: what the ledger tells, brought to accounts and to the operator's own programs."""
