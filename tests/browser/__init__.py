"""A real browser at the portal's door."""
