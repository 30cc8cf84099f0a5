"""What stops a registered person on a day, whatever licence they hold: a ban, or that they died."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from practitioners.models import PracticeBan
from practitioners.querysets import holding_on


def barred_on(day: date) -> Exists:
    """Return, to be read along with a registration as ``is_barred``, whether a ban holds on a day."""
    bans = PracticeBan.objects.filter(holding_on(day), practitioner=OuterRef("practitioner"))
    return Exists(bans)


def stopped(row: Any, on: date) -> str:
    """Say what stops the person of a registration (Law 15/2023/QH15, article 20); nothing where nothing does."""
    died_on = row.practitioner.died_on
    if died_on is not None and died_on < on:
        return _("Has died")
    return _("Barred from practising") if row.is_barred else ""
