"""All about a place of care."""
