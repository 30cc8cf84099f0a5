"""Triggers of our own, once a statement, so that COPY and bulk writes cost little and are all seen."""

from typing import Any

import pgtrigger


def after_insert(name: str, func: str) -> Any:
    """Return a trigger that sees all inserted rows as ``new_rows``."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        func=func,
    )


def after_update(name: str, func: str) -> Any:
    """Return a trigger that sees all updated rows as ``old_rows`` and ``new_rows``."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
        func=func,
    )
