"""The pages of reports, notified cases, outbreaks and data quality."""
