"""An account: whose it is, what it holds, and what an administrator does with it."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Count, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from typing_extensions import override

from portal.accounts.admin.forms import (
    AllowLoginForm,
    ResetPasswordForm,
    SettingsForm,
    StopLoginForm,
    WorkplaceForm,
    in_words,
)
from portal.accounts.lookup import find_users, users_within
from portal.accounts.models import Assignment, User
from portal.admin import PortalAdmin, PortalTabularInline, register
from portal.admin.deeds import Deed, DeedsMixin, answer_done
from portal.scope import scope_of


class AssignmentInline(PortalTabularInline[Assignment, User]):
    """What the account holds or held, where the administrator may know of it."""

    model = Assignment
    fk_name = "user"
    capability_to: ClassVar[dict[str, str]] = {"view": "manage_accounts"}
    fields = (
        "organisation",
        "role",
        "valid_from",
        "valid_until",
        "withdrawn_at",
        "granted_by",
        "note",
    )
    readonly_fields = fields


@register(User)
class UserAdmin(DeedsMixin, PortalAdmin[User]):
    """Accounts are made on the page that gives a role; here they are seen and kept."""

    capability_to: ClassVar[dict[str, str]] = {
        "view": "manage_accounts",
        "change": "manage_accounts",
        "keep": "manage_accounts",
    }
    list_display = ("full_name", "username", "holds", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "full_name")
    search_help_text = _("Name with or without marks, or user name")
    ordering = ("full_name", "username", "id")
    fields = ("username", "full_name", "is_active", "last_login", "password_changed_at")
    readonly_fields = ("username", "is_active", "last_login", "password_changed_at")
    inlines = (AssignmentInline,)
    deeds = (
        Deed(
            "reset-password",
            _("New password"),
            ResetPasswordForm,
            "keep",
            "key",
            _("The old password ends at once. The new one is shown once; give it to the person."),
        ),
        Deed(
            "stop-login",
            _("Stop logins"),
            StopLoginForm,
            "keep",
            "lock",
            _("The person can no longer log in. What they wrote stays, and so do their roles."),
        ),
        Deed("allow-login", _("Allow logins again"), AllowLoginForm, "keep", "ok"),
    )

    @override
    def scoped(self, request: HttpRequest, rows: Any, capability: str | None) -> Any:
        if capability is None:
            return rows.none()
        return rows.filter(pk__in=users_within(scope_of(request.user, capability)))

    @override
    def allows_deed(self, request: HttpRequest, deed: Deed, row: Any) -> bool:
        stops = {"stop-login": True, "allow-login": False}
        fits = stops.get(deed.slug, row.is_active) == row.is_active
        own = row.pk == request.user.pk
        return fits and not own and super().allows_deed(request, deed, row)

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        # Of what somebody holds elsewhere, only how much is shown here.
        scope = scope_of(request.user, self.capability_to["view"])
        known = Assignment.objects.within(scope).select_related("organisation")
        held = Prefetch("assignments", known, to_attr="held_in_sight")
        rows = super().get_queryset(request).prefetch_related(held)
        return rows.annotate(held_in_all=Count("assignments"))

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        scope = scope_of(request.user, "manage_accounts")
        found = find_users(search_term, scope, limit=200)
        return queryset.filter(pk__in=[user.pk for user in found]), False

    @override
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("place-of-work/", view(self.place_of_work), name="place_of_work"),
            path("settings/", view(self.own_settings), name="own_settings"),
            *super().get_urls(),
        ]

    def place_of_work(self, request: HttpRequest) -> HttpResponse:
        """Let the person choose among the places where they hold a role."""
        user: Any = request.user
        form = WorkplaceForm(request.POST if request.method == "POST" else None, user=user)
        if request.method == "POST" and form.is_valid():
            return answer_done(request, form.carry_out(), reverse("admin:index"))
        return self._own_page(request, form, _("Change place of work"), _("Work there"))

    def own_settings(self, request: HttpRequest) -> HttpResponse:
        """Let the person set language and letter keys."""
        user: Any = request.user
        form = SettingsForm(request.POST if request.method == "POST" else None, instance=user)
        if request.method == "POST" and form.is_valid():
            user.save(update_fields=["language", "letter_keys"])
            messages.success(request, _("Settings saved."))
            return HttpResponseRedirect(reverse("admin:index"))
        return self._own_page(request, form, _("My settings"), _("Save"))

    def _own_page(
        self, request: HttpRequest, form: Any, title: Any, button: Any
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "button": button,
            "form": form,
            "back": reverse("admin:index"),
        }
        return TemplateResponse(request, "portal/deed.html", context)

    @admin.display(description=_("roles"))
    def holds(self, user: Any) -> str:
        known = [in_words(assignment) for assignment in user.held_in_sight]
        if others := user.held_in_all - len(known):
            known.append(ngettext("%(n)d elsewhere", "%(n)d elsewhere", others) % {"n": others})
        return "; ".join(known)
