"""The taxonomy: categories of use, one hierarchy over them, and other groupings as schemes."""
