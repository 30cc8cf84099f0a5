"""The page on which a second official answers what a colleague proposed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from portal.admin.deeds import DeedForm
from practitioners.models import BanProposal, DutyProof

OPEN = BanProposal.State.OPEN


class AnswerForm(DeedForm):
    """Which proposal a second official answers; ``?de-xuat=`` names the one that was opened."""

    proposal = forms.TypedChoiceField(coerce=UUID)
    label: ClassVar[Any] = ""
    choose: ClassVar[Any] = _("Choose the decision")
    paper_page: ClassVar[str] = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["proposal"]
        chosen.label = self.label
        asked = str(self.data.get("proposal") or self.request.GET.get("de-xuat", ""))
        known = self.known().select_related("proposed_by").order_by("proposed_at", "id")
        rows = [row for row in known if row.state == OPEN or str(row.pk) == asked]
        chosen.choices = [(row.pk, self.said(row)) for row in rows]
        if len(rows) > 1:
            chosen.choices = [("", self.choose), *chosen.choices]
        self.initial["proposal"] = asked
        chosen.help_text = format_html_join(
            " · ", '<a href="{}" target="_blank">{}</a>', self._papers(rows)
        )

    def known(self) -> QuerySet[Any]:
        """Return what was proposed of this row, answered or not."""
        raise NotImplementedError

    def said(self, row: Any) -> str:
        """Say what a second official compares with the paper."""
        raise NotImplementedError

    def answered(self) -> dict[str, Any]:
        """Return what every answer names."""
        return {"actor": self.request.user, "at": timezone.now()}

    def _papers(self, rows: Iterable[Any]) -> Iterator[tuple[str, str]]:
        """Yield address and words of each copy that a second official compares."""
        for row in rows:
            if row.paper_id is not None:
                said = _("Copy of %(number)s") % {"number": number_of(row)}
                yield reverse(self.paper_page, args=[row.pk]), str(said)


def number_of(row: BanProposal | DutyProof) -> str:
    """Return the number of the paper a proposal rests on."""
    return row.paper_no if isinstance(row, DutyProof) else row.decision_no


def proposed(row: BanProposal | DutyProof) -> str:
    """Say who proposed it and when."""
    said = _("proposed by %(name)s on %(day)s") % {
        "name": row.proposed_by.full_name,
        "day": f"{timezone.localtime(row.proposed_at):%d/%m/%Y}",
    }
    return str(said)


def answers(rows: QuerySet[Any], asked: str) -> bool:
    """Does a posted form answer one of these proposals, answered before or not?"""
    return bool(asked) and asked in {str(key) for key in rows.values_list("pk", flat=True)}
