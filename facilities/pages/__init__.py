"""Pages of facilities that everybody may read."""
