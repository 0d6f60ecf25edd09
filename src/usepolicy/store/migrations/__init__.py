"""The migrations of the catalogue; `usepolicy` runs them when it opens one."""
