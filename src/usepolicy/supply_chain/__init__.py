"""The supply chain: whether a use is allowed, and what binds a user at the end of a chain."""
