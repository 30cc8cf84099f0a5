"""How are the further values of a code written in one cell? Like sex=F | not_main=1."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

PARTED = " | "
UNREADABLE = _("“%(value)s” is no list of properties.")
REMEDY = _("Write each as name=value, parted by |, like sex=F | not_main=1.")


def text_of(found: Mapping[str, Any]) -> str:
    """Write properties in one order, so that they compare."""
    plain = {name: str(value) for name, value in found.items() if str(value)}
    return PARTED.join(f"{name}={value}" for name, value in sorted(plain.items()))


def properties_of(text: str) -> dict[str, str] | None:
    """Read properties as they are written; none where a part is no name with a value."""
    pairs = [part.partition("=") for part in text.split("|") if part.strip()]
    if any(not (name.strip() and value.strip()) for name, _sign, value in pairs):
        return None
    return {name.strip(): value.strip() for name, _sign, value in pairs}
