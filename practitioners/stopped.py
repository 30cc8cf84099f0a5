"""What stops a person on a day, whatever licence they hold: a ban, or that they died."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from practitioners.whole import holds

if TYPE_CHECKING:
    from practitioners.models import Practitioner

# What is read along with people who are asked about.
BANS = "practitioner__bans"


def stopped(person: Practitioner, on: date) -> str:
    """Say what stops somebody on a day (Law 15/2023/QH15, article 20); nothing where nothing does."""
    if person.died_on is not None and person.died_on < on:
        return _("Has died")
    if any(holds(ban, on) for ban in person.bans.all()):
        return _("Barred from practising")
    return ""
