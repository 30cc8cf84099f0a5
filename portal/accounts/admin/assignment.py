"""Who works where as what: given on one page, ended on another, asked for any day."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.accounts.admin.forms import AccessOnDayForm, EndForm, GiveRoleForm, in_words
from portal.accounts.lookup import find_users, user_label, who_had_access
from portal.accounts.models import Assignment, User
from portal.admin import PortalAdmin, register
from portal.admin.deeds import Deed, DeedsMixin, answer_done, take_refusal
from portal.admin.rows import suggestions
from portal.places.lookup import find_organisations, organisation_label
from portal.places.models import Organisation
from portal.scope import EVERYWHERE, Scope, scope_of

LIST = "admin:accounts_assignment_changelist"


class StateFilter(SimpleListFilter):
    """Held today, begins later, ended."""

    title = _("state")
    parameter_name = "state"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("now", _("Held today")), ("later", _("Begins later")), ("ended", _("Ended"))]

    @override
    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today, given = timezone.localdate(), Q(withdrawn_at=None)
        conditions = {
            "now": given
            & Q(valid_from__lte=today)
            & (Q(valid_until=None) | Q(valid_until__gte=today)),
            "later": given & Q(valid_from__gt=today),
            "ended": ~given | Q(valid_until__lt=today),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


@register(Assignment)
class AssignmentAdmin(DeedsMixin, PortalAdmin[Assignment]):
    """The list reads like sentences, place by place."""

    capability_to: ClassVar[dict[str, str]] = {
        "view": "manage_accounts",
        "add": "manage_accounts",
        "end": "manage_accounts",
    }
    list_display = ("sentence", "person_name", "given_by")
    list_select_related = ("user", "organisation", "granted_by")
    list_filter = (StateFilter, "role")
    search_fields = ("user__username", "user__full_name", "organisation__name_norm")
    search_help_text = _("Person, user name or organisation")
    ordering = ("organisation__path", "role", "-valid_from", "id")
    fields = (
        "user",
        "role",
        "organisation",
        "valid_from",
        "valid_until",
        "withdrawn_at",
        "granted_by",
        "note",
    )
    readonly_fields = fields
    deeds = (Deed("end", _("End this role"), EndForm, "end", "off"),)

    @override
    def allows_deed(self, request: HttpRequest, deed: Deed, row: Any) -> bool:
        today = timezone.localdate()
        open_ = row.withdrawn_at is None and (row.valid_until is None or row.valid_until >= today)
        own = row.user_id == request.user.pk
        return open_ and not own and super().allows_deed(request, deed, row)

    @override
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("on/", view(self.access_on), name="accounts_access_on_day"),
            path("person/", view(self.person), name="accounts_assignment_suggest_person"),
            path("place/", view(self.place), name="accounts_assignment_suggest_place"),
            *super().get_urls(),
        ]

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        scope = scope_of(request.user, "manage_accounts")
        people = [user.pk for user in find_users(search_term, scope, limit=200)]
        among = Organisation.objects.within(scope)
        places = [place.pk for place in find_organisations(search_term, among, limit=200)]
        return queryset.filter(Q(user__in=people) | Q(organisation__in=places)), False

    @override
    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        posted = request.method == "POST"
        form = GiveRoleForm(request.POST if posted else None, request=request)
        if posted and form.is_valid():
            try:
                with transaction.atomic():
                    said = form.carry_out()
            except ValidationError as error:
                take_refusal(form, error)
            else:
                return answer_done(request, said, reverse(LIST))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Give a role"),
            "opts": self.opts,
            "form": form,
            "back": reverse(LIST),
        }
        return TemplateResponse(request, "portal/deed.html", context)

    def person(self, request: HttpRequest) -> JsonResponse:
        """Answer the people a typed text may mean."""
        scope = self._managed(request)
        return suggestions(request, lambda text: find_users(text, scope), user_label)

    def place(self, request: HttpRequest) -> JsonResponse:
        """Answer the organisations a typed text may mean."""
        among = Organisation.objects.current().within(self._managed(request))
        return suggestions(
            request, lambda text: find_organisations(text, among), organisation_label
        )

    def access_on(self, request: HttpRequest) -> HttpResponse:
        """Answer who had access to an organisation on a day, with the roles held."""
        scope = self._managed(request)
        form = AccessOnDayForm(request.GET if "on" in request.GET else None)
        among = Organisation.objects.within(scope)
        field: Any = form.fields["organisation"]
        field.find = lambda text: find_organisations(text, among)
        lines: list[dict[str, Any]] = []
        if form.is_bound and form.is_valid():
            lines = _named(who_had_access(**form.cleaned_data))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Who had access on a day"),
            "opts": self.opts,
            "form": form,
            "asked": form.is_bound and form.is_valid(),
            "lines": lines,
        }
        return TemplateResponse(request, "portal/accounts/access_on_day.html", context)

    def _managed(self, request: HttpRequest) -> Scope:
        """Return where the user manages accounts or reads the audit; nowhere is refused."""
        scopes = [scope_of(request.user, name) for name in ("manage_accounts", "read_audit")]
        if not any(scopes):
            raise PermissionDenied
        if any(scope.everything for scope in scopes):
            return EVERYWHERE
        return Scope(ids=frozenset().union(*(scope.ids for scope in scopes)))

    @admin.display(description=_("place and role"), ordering="organisation__path")
    def sentence(self, assignment: Assignment) -> str:
        return in_words(assignment)

    @admin.display(description=_("person"), ordering="user__full_name")
    def person_name(self, assignment: Assignment) -> str:
        return user_label(assignment.user)

    @admin.display(description=_("given by"))
    def given_by(self, assignment: Assignment) -> str:
        return assignment.granted_by.full_name if assignment.granted_by else ""


def _named(held: list[Any]) -> list[dict[str, Any]]:
    users = User.objects.in_bulk({row.user_id for row in held})
    places = Organisation.objects.in_bulk({row.organisation_id for row in held})
    lines = [
        {"held": row, "person": users.get(row.user_id), "place": places.get(row.organisation_id)}
        for row in held
    ]
    return sorted(lines, key=lambda line: (line["place"].path, str(line["person"])))
