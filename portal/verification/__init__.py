"""Is this person who the papers say: the national population database, asked through an adapter."""
