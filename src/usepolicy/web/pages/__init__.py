"""The pages of the observatory: what each says, as values; a template and JSON show the same."""
