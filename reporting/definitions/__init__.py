"""What a form asks: its rows and columns, the rules they must agree with, who owes it and until when."""

from reporting.definitions.loading import load_definitions
from reporting.definitions.reading import Column, Duty, Form, Row, Rule, form_of

__all__ = ["Column", "Duty", "Form", "Row", "Rule", "form_of", "load_definitions"]
