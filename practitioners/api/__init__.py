"""Practitioners for other systems."""
