"""A portal with two small lists of its own, so that the frame is tested without the apps."""

from django import forms
from django.contrib import admin
from django.db import transaction
from django.urls import path

from portal.admin import PortalAdmin
from portal.codelists.models import Holiday
from portal.places.models import Area
from portal.site import errors
from portal.site.site import PortalSite
from portal.site.widgets import PickRadio, SuggestInput, UnitInput

TO = {"view": "manage_lists", "add": "manage_lists", "change": "manage_lists"}


class HolidayAdmin(PortalAdmin):
    capability_to = TO
    is_reference = True
    list_display = ("day", "name", "kind")
    list_filter = ("kind",)
    search_fields = ("name",)
    search_help_text = "Gõ tên ngày nghỉ."
    actions = ("note",)

    @admin.action(description="Ghi chú")
    def note(self, request, queryset):
        self.message_user(request, f"Đã ghi chú {queryset.count()} ngày.")


class AreaForm(forms.ModelForm):
    """The kinds of control of a paper form, side by side."""

    pulse = forms.IntegerField(
        label="Mạch", required=False, max_value=300, widget=UnitInput("l/ph", "w-s")
    )
    illness = forms.CharField(
        label="Bệnh chính", required=False, widget=SuggestInput("/goi-y/", width="w-3")
    )
    result = forms.ChoiceField(
        label="Kết quả", required=False, choices=[("a", "Cho về"), ("b", "Hẹn")], widget=PickRadio()
    )

    class Meta:
        model = Area
        fields = ("kind", "code", "name", "unit", "parent", "valid_from")


class AreaAdmin(PortalAdmin):
    form = AreaForm
    search_fields = ("code", "name")
    autocomplete_fields = ("parent",)
    capability_to = TO
    is_reference = True
    change_form_template = "portal/paper_form.html"
    fieldsets = (
        (
            "1. Tiếp nhận",
            {"fields": [("kind", "code"), ("name", "unit"), ("parent", "valid_from")]},
        ),
        (
            "2. Sinh hiệu",
            {"description": "Để trống nếu không đo", "fields": [("pulse", "illness")]},
        ),
        ("3. Kết quả", {"fields": ["result"]}),
    )


site = PortalSite(name="admin")
site.register(Holiday, HolidayAdmin)
site.register(Area, AreaAdmin)


def suggestions(request):
    from django.http import JsonResponse

    rows = [
        {"id": "I10", "value": "I10 Tăng huyết áp", "text": "Tăng huyết áp", "note": "I10"},
        {"id": "I15", "value": "I15 Tăng huyết áp thứ phát", "text": "Thứ phát", "note": "I15"},
    ]
    return JsonResponse({"results": rows})


def broken(request):
    message = "the database is away"
    raise RuntimeError(message)


urlpatterns = [
    path("goi-y/", suggestions),
    path("hong/", transaction.non_atomic_requests(broken)),
    path("", site.urls),
]
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
