"""The lines of the visit form: each field with what is refused or asked about it."""

from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("healthrecords/visit_line.html")
def visit_line(form: Any, names: str) -> dict[str, Any]:
    """Draw some fields side by side, and below them what is wrong with each."""
    return {
        "line": [(form[name], name in form.asks, form.asked_box(name)) for name in names.split()]
    }
