"""Narrowed lists of practitioners: who is registered at a place today."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from portal.places.models import Organisation
from practitioners.models import Registration


class RegisteredAtFilter(admin.SimpleListFilter):
    """Chosen by the address alone, from the page of a place; of what it lists the right decides."""

    title = _("registered today at")
    parameter_name = "noi"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, StrOrPromise]]:
        asked = self.value()
        if asked is None:
            return []
        key = _key(asked)
        names = Organisation.objects.filter(pk=key).values_list("name", flat=True) if key else ()
        return [(asked, next(iter(names), _("an unknown place")))]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        key = _key(self.value() or "")
        if key is None:
            return queryset.none() if self.value() else queryset
        there = Registration.objects.holding(timezone.localdate()).filter(
            practitioner=OuterRef("pk"), facility=key
        )
        return queryset.filter(Exists(there))


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
