"""A stand-in for the national population database, for trying and testing; it knows nobody real."""
