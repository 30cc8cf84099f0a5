"""What is the portal: which addresses, which frame around every page?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin.base import PortalAdmin
from portal.site import finder, home, menu, pages
from portal.site.login import LoginForm

if TYPE_CHECKING:
    from django.http import HttpRequest


class NotedSuggestions(AutocompleteJsonView):
    """Suggestions of rows; the people among them are noted like those of a list."""

    @override
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        rows: Any = self.model_admin
        if getattr(rows, "shows_people", ""):
            rows.note_people(self.request, context["object_list"], action="listed")
        return context


class PortalSite(AdminSite):
    """The admin made a place of work: a home of due work, one box, one menu."""

    site_title = "Mạch"
    site_header = "Mạch"
    index_title = _("Today's work")
    enable_nav_sidebar = False
    login_form = LoginForm
    empty_value_display = "–"

    @override
    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return self.frame(request)

    def frame(self, request: HttpRequest, *, is_counted: bool = True) -> dict[str, Any]:
        """Return what is drawn around a page; a refusal leads on without counting what waits."""
        has_permission = self.has_permission(request)
        nav_items = menu.entries(request, is_counted=is_counted) if has_permission else []
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "site_url": None,
            "has_permission": has_permission,
            # The list of models asks every admin class for rights: drawn by one page only.
            "available_apps": SimpleLazyObject(lambda: self.get_app_list(request)),
            "is_popup": False,
            "is_nav_sidebar_enabled": False,
            "log_entries": (),
            "nav_items": nav_items,
            "nav_rest": menu.folded(nav_items),
            "find_placeholder": finder.placeholder(request) if has_permission else "",
            "place_of_work": getattr(request.user, "place_of_work", None),
            "find_autofocus": request.path == reverse("admin:index"),
            "theme": pages.theme_of(request),
            "public_links": menu.public_entries(),
            "deployment_name": getattr(settings, "DEPLOYMENT_NAME", ""),
            "support_line": getattr(settings, "SUPPORT_LINE", ""),
            "version": getattr(settings, "VERSION", ""),
        }

    @override
    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        # Libraries bring pages that know no scope (groups, queued jobs): they stay closed.
        if admin_class is not None and issubclass(admin_class, PortalAdmin):
            super().register(model_or_iterable, admin_class, **options)

    @override
    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            path("tim/", self.admin_view(pages.finder_page), name="finder"),
            path(
                "tim/goi-y/", self.admin_view(pages.finder_suggestions), name="finder_suggestions"
            ),
            path("phim-tat/", self.admin_view(pages.keys_page), name="keys"),
            path("danh-muc/", self.admin_view(self.catalogue), name="catalogue"),
            path("ngon-ngu/", pages.choose_language, name="language"),
            path("giao-dien/", pages.choose_theme, name="theme"),
            # "View on site" looks rows up by kind and key, past every scope: it is left out.
            *(url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"),
        ]

    def catalogue(self, request: HttpRequest) -> TemplateResponse:
        """List every table this person may open, by app."""
        context = {
            **self.each_context(request),
            "title": _("Lists and settings"),
            "app_list": self.get_app_list(request),
        }
        return TemplateResponse(request, "portal/catalogue.html", context)

    @override
    def autocomplete_view(self, request: HttpRequest) -> Any:
        return NotedSuggestions.as_view(admin_site=self)(request)

    @override
    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        context = {
            **self.each_context(request),
            "title": self.index_title,
            **home.context_of(request),
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, self.index_template or "admin/index.html", context)


site: AdminSite = admin.site
