"""Sending files for other systems: the same rights, checks and sentences as on the pages."""
