"""The pages of practitioners: review desk, sending in, evidence, public register."""
