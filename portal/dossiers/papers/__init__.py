"""Papers of administrative procedures, as PDF."""
