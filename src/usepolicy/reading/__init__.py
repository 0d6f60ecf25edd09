"""Reading: from an address, a file or a folder to policies whose clauses cite their words."""
