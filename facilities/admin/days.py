"""How near is a day that something is due or expires? In the steps of the list supply_rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from facilities.rules import SupplyRules, supply_rules

PAST = "qua"


def drawn(kind: str, icon: str, text: str) -> str:
    """Draw a state as the portal's chip."""
    return render_to_string("facilities/chip.html", {"kind": kind, "icon": icon, "text": text})


def nearness(day: date, today: date, steps: Sequence[int]) -> str:
    """Return the kind of chip of a day: bad when it is past or in the narrowest step, else warn."""
    days = (day - today).days
    if days < 0 or (steps and days <= min(steps)):
        return "bad"
    return "warn" if steps and days <= max(steps) else ""


class DayFilter(admin.SimpleListFilter):
    """Rows whose day is past, or within one of the steps in which the list warns of it."""

    parameter_name = "han"
    field: ClassVar[str]
    past: ClassVar[StrOrPromise]
    steps: ClassVar[str]  # which thresholds of the list
    among: ClassVar[Q] = Q()

    def widths(self) -> list[int]:
        """Return the steps in days, the narrowest first."""
        rules: SupplyRules = supply_rules(timezone.localdate())
        return sorted(getattr(rules, self.steps))

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        within = [(str(n), _("within %(n)d days") % {"n": n}) for n in self.widths()]
        return [(PAST, self.past), *within]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today, value = timezone.localdate(), self.value()
        if value == PAST:
            return queryset.filter(self.among, **{f"{self.field}__lt": today})
        if value in {str(n) for n in self.widths()}:
            last = today + timedelta(days=int(value))
            return queryset.filter(self.among, **{f"{self.field}__lte": last})
        return queryset


class DueFilter(DayFilter):
    """Devices by what is due of them."""

    title = gettext_lazy("due")
    field = "due"
    past = gettext_lazy("overdue")
    steps = "equipment_steps"
    among = ~Q(state="disposed")


class ExpiryFilter(DayFilter):
    """Lots that are not used up, by their expiry."""

    title = gettext_lazy("expiry")
    field = "expires_on"
    past = gettext_lazy("expired")
    steps = "expiry_steps"
    among = Q(on_hand__gt=0)
