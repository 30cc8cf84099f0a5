"""Lists, their dated versions and their codes; a new version comes by upload."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin import PortalAdmin, PortalTabularInline, register
from portal.codelists.admin.upload import upload_page
from portal.codelists.models import Code, CodeList, CodeListVersion
from portal.codelists.properties import text_of
from portal.names import name_norm

READ: dict[str, str] = {"view": "manage_lists"}


class VersionInline(PortalTabularInline[CodeListVersion, CodeList]):
    """The versions of a list, the latest first."""

    model = CodeListVersion
    is_reference = True
    capability_to = READ
    fields = (
        "valid_from",
        "valid_until",
        "lawful_until",
        "legal_basis",
        "origin",
        "is_verified",
        "source",
    )
    readonly_fields = fields
    show_change_link = True


@register(CodeList)
class CodeListAdmin(PortalAdmin[CodeList]):
    """A list is replaced by a new dated version, never edited."""

    is_reference = True
    capability_to: ClassVar[dict[str, str]] = {**READ, "publish": "manage_lists"}
    change_form_template = "portal/codelists/list.html"
    list_display = ("title", "key", "standard")
    search_fields = ("key", "title")
    ordering = ("title", "key")
    fields = ("title", "key", "standard")
    readonly_fields = fields
    inlines = (VersionInline,)

    @override
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.publish)
        own = path("<uuid:object_id>/publish/", page, name="codelists_codelist_publish")
        return [own, *super().get_urls()]

    def publish(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Upload a version, look at what it changes, let it hold from its day."""
        return upload_page(self, request, object_id)


@register(CodeListVersion)
class CodeListVersionAdmin(PortalAdmin[CodeListVersion]):
    """One version, for reading."""

    is_reference = True
    capability_to = READ
    list_display = ("code_list", "valid_from", "valid_until", "legal_basis", "origin")
    list_select_related = ("code_list",)
    list_filter = ("origin", "is_verified")
    search_fields = ("code_list__title", "code_list__key", "legal_basis")
    ordering = ("code_list__title", "-valid_from", "id")
    fields = (
        "code_list",
        ("valid_from", "valid_until", "lawful_until"),
        "legal_basis",
        "source",
        ("is_verified", "origin"),
        "note",
        "digest",
    )
    readonly_fields = (
        "code_list",
        "valid_from",
        "valid_until",
        "lawful_until",
        "legal_basis",
        "source",
        "is_verified",
        "origin",
        "note",
        "digest",
    )


@register(Code)
class CodeAdmin(PortalAdmin[Code]):
    """One code of one version, for reading."""

    is_reference = True
    capability_to = READ
    list_display = ("code", "title", "version", "valid_from", "valid_until", "properties")
    list_select_related = ("version__code_list",)
    search_fields = ("code", "words_norm")
    search_help_text = _("Code or words without marks")
    ordering = ("version", "position", "id")
    fields = ("version", "code", "title", "parent_code", "words", "attributes")
    readonly_fields = fields

    @admin.display(description=_("properties"))
    def properties(self, row: Code) -> str:
        """Say what the list tells of a code besides, as a file of the list writes it."""
        return text_of(row.attributes)

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        for word in name_norm(search_term).split():
            queryset = queryset.filter(words_norm__contains=word)
        return queryset, False
