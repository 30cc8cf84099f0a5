"""Citizens and what happened to them."""
