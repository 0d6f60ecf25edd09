"""The store: what is kept between runs, in SQLite."""
