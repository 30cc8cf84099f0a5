"""A copy of the paper an official reads from, on the form it is read into."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from portal.attachments.file_form import FileForm, file_field
from practitioners import services


class PaperForm(FileForm):
    """A deed that reads a paper: its copy is kept beside every value."""

    file_name: ClassVar[str] = "paper"
    received_text: ClassVar[Any] = _("The copy is received; choose another to replace it.")
    paper = file_field(_("Copy of the paper"))

    def done(self, row: Any) -> str:
        """Put the copy beside the row's values and say what was entered."""
        if self.stored is not None:
            services.attach_paper(row=row, paper=self.stored, at=self.at)
        return str(_("Recorded: %(what)s.") % {"what": row})
