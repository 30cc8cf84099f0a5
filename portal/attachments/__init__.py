"""Files people attach: known by their content, kept once, scanned, and served only with a right."""
