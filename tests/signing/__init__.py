"""Digital signatures."""
