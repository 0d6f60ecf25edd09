"""The figures: assembled from the shipped tables or any codings, and drawn.

`build` makes values, `draw` makes images; only `draw` needs matplotlib (the extra `figures`).
"""
