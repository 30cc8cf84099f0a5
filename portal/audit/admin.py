"""The read log: who was shown whom, and why; for those who read the audit."""

from datetime import datetime, time, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin import PortalAdmin, register
from portal.audit.models import AccessLog
from portal.scope import scope_of


@register(AccessLog)
class AccessLogAdmin(PortalAdmin[AccessLog]):
    """One line per request that showed people; nobody writes here."""

    capability_to: ClassVar[dict[str, str]] = {"view": "read_audit"}
    list_display = ("at", "who", "action", "people_count", "ground", "reason", "address", "url")
    list_filter = ("action",)
    date_hierarchy = "at"
    search_fields = ("username", "people")
    search_help_text = _("User name, a person's UUID, or a day as 03/05/2026")
    ordering = ("-at", "-id")
    fields = (
        ("at", "who"),
        ("action", "ground"),
        "reason",
        ("people_count", "people"),
        ("organisation_id", "address"),
        ("url", "context_id"),
    )
    readonly_fields = (
        "at",
        "who",
        "action",
        "ground",
        "reason",
        "people_count",
        "people",
        "organisation_id",
        "address",
        "url",
        "context_id",
    )

    @override
    def scoped(self, request: HttpRequest, rows: Any, capability: str | None) -> Any:
        scope = scope_of(request.user, capability) if capability else None
        if not scope:
            return rows.none()
        return rows if scope.everything else rows.filter(organisation_id__in=scope.ids)

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(_meant(term)), False

    @admin.display(description=_("user"), ordering="username")
    def who(self, read: AccessLog) -> str:
        return read.username


def _meant(term: str) -> Q:
    """Return the condition of a person's UUID, a day, or a user name."""
    try:
        return Q(people__contains=[UUID(term)])
    except ValueError:
        pass
    try:
        day = datetime.strptime(term, "%d/%m/%Y").date()  # noqa: DTZ007  (a day has no zone)
    except ValueError:
        named = get_user_model()._default_manager.filter(full_name__icontains=term)
        return Q(username__istartswith=term) | Q(user_id__in=named.values("pk"))
    begin = timezone.make_aware(datetime.combine(day, time.min))
    return Q(at__gte=begin, at__lt=begin + timedelta(days=1))
