"""Where things are: administrative areas and the bare organisation tree."""
