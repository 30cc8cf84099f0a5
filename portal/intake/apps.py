from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class IntakeConfig(AppConfig):
    name = "portal.intake"
    label = "intake"
    verbose_name = _("Uploaded files")

    @override
    def ready(self) -> None:
        from portal.admin.exports import offer
        from portal.codelists.models import CodeList
        from portal.intake import cards, declaration
        from portal.intake.lists import CODES
        from portal.intake.lists.shapes import CodesShape
        from portal.intake.readers.first_sheet import first_sheet
        from portal.sheet_lines import read_workbooks_with

        cards.register()
        declaration.register(CODES)
        offer(CodeList, CodesShape)
        read_workbooks_with(first_sheet)
