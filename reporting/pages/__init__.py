"""The pages of reports, notified cases and outbreaks."""
