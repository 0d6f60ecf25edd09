"""The operator's console: people, cases, appeals, grants and the account holder's own page."""
