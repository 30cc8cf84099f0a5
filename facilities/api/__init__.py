"""Facilities, their equipment and their stock for other systems: read only, within scope."""
