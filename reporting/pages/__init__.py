"""Pages of figures, reports, notified cases, outbreaks and data quality."""
