"""What reports do in the background."""
