"""The web: the observatory, pages for people and the same as data for programs."""
