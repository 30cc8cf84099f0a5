from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class PractitionersConfig(AppConfig):
    name = "practitioners"
    verbose_name = _("Practitioners")

    @override
    def ready(self) -> None:
        from portal.admin.exports import offer
        from portal.intake import declaration
        from practitioners import portal
        from practitioners.imports import FORM_01, STAFF_LIST
        from practitioners.imports.shapes import Form01Shape, StaffListShape
        from practitioners.models import Registration

        portal.register()
        declaration.register(STAFF_LIST)
        declaration.register(FORM_01)
        offer(Registration, StaffListShape, Form01Shape)
