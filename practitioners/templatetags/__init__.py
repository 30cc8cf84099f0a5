"""Template tags of practitioners."""
