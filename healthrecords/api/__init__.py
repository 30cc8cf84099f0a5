"""Citizens and visits for other systems: read only, within scope, logged."""
