"""The roof: settings, URLs and the way the house is started."""
