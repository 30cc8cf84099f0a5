"""The ground floor: what every app of the house stands on."""
