"""Invented names in realistic proportions, and drawing by weight: for demos, proofs and benchmarks."""
