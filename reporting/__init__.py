"""What the records add up to; owns no source data."""
