"""Pages of figures, reports and data quality."""
