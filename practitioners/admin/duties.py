"""The pages that record the duty of a suspension as done, and on which another official answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin.deeds import DayField, Deed
from practitioners import services
from practitioners.admin.answering import OPEN, AnswerForm, answers, proposed
from practitioners.admin.papers import PaperForm
from practitioners.models import DutyProof, PracticeLicense, Practitioner

DUTY, CONFIRM_DUTY, DROP_DUTY = (
    "hoan-thanh-nghia-vu", "xac-nhan-nghia-vu", "khong-xac-nhan-nghia-vu",
)  # fmt: skip


def license_with_duty(person: Practitioner) -> PracticeLicense | None:
    """Return the licence of a person whose suspension waits for a duty to be done."""
    today = timezone.localdate()
    rows = person.licenses.current().with_acts()
    return next((row for row in rows if services.duty_of(row, today) is not None), None)


def proofs_of(person: Practitioner) -> QuerySet[DutyProof]:
    """Return the papers recorded of this person's duties, answered or not."""
    return DutyProof.objects.filter(license__practitioner=person)


def waits_for_proof(person: Practitioner) -> bool:
    """Say whether a colleague recorded a duty as done and nobody answered."""
    return proofs_of(person).filter(state=OPEN).exists()


def answers_a_proof_of(person: Practitioner, request: HttpRequest) -> bool:
    """Does a posted form answer a duty somebody recorded as done, answered before or not?"""
    return answers(proofs_of(person), request.POST.get("proposal", ""))


class DutyForm(PaperForm):
    """The paper that shows the duty of a suspension done."""

    paper_no = forms.CharField(label=_("Number of the paper"), max_length=60)
    authority = forms.CharField(label=_("Issued by"), max_length=200)
    on = DayField(label=_("Done on"))

    @override
    def carry_out(self) -> str:
        said = self.cleaned_data
        license = license_with_duty(self.row)
        if license is None:
            raise ValidationError(_("No duty is left to be done."), code="no_duty_left")
        services.record_duty(
            actor=self.request.user,
            license=license,
            done=services.Done(said["paper_no"], said["authority"], said["on"], self.stored),
            at=self.at,
        )
        return str(
            _(
                "Recorded. The licence of %(person)s stays suspended until a second official has"
                " confirmed it."
            )
            % {"person": self.row}
        )


class AnswerDutyForm(AnswerForm):
    """Which paper a second official compared with the duty."""

    label = _("Paper that shows the duty done")
    choose = _("Choose the paper")
    paper_page = "practitioners:duty-paper"

    @override
    def known(self) -> QuerySet[DutyProof]:
        return proofs_of(self.row).select_related("suspension")

    @override
    def said(self, row: DutyProof) -> str:
        paper = _("%(number)s, done on %(day)s") % {
            "number": row.paper_no,
            "day": f"{row.done_on:%d/%m/%Y}",
        }
        duty = _("Duty: %(duty)s") % {"duty": row.suspension.duty}
        return "; ".join([str(paper), row.authority, str(duty), proposed(row)])

    @override
    def answered(self) -> dict[str, Any]:
        return {**super().answered(), "proof_id": self.cleaned_data["proposal"]}


class ConfirmDutyForm(AnswerDutyForm):
    """The second official found that the paper satisfies the duty."""

    @override
    def carry_out(self) -> str:
        services.confirm_duty(**self.answered())
        return str(
            _("The duty of %(person)s is done; the licence holds again once the days are over.")
            % {"person": self.row}
        )


class DropDutyForm(AnswerDutyForm):
    """Why the duty is still to be done."""

    reason = forms.CharField(label=_("Why the duty is not done by it"), max_length=300)

    @override
    def carry_out(self) -> str:
        services.drop_duty(reason=self.cleaned_data["reason"], **self.answered())
        return str(_("The duty of %(person)s is still to be done.") % {"person": self.row})


DUTIES = (
    Deed(
        DUTY,
        _("Record the duty of a suspension as done"),
        DutyForm,
        needs="decide",
        icon="ok",
        explanation=_(
            "A suspended licence holds again when its days are over and its duty, such as learning"
            " anew, is done (Law 15/2023/QH15, article 34). A second official confirms the paper;"
            " until then the licence stays suspended."
        ),
        button=_("Record"),
    ),
    Deed(
        CONFIRM_DUTY,
        _("Confirm that a duty is done"),
        ConfirmDutyForm,
        needs="decide",
        icon="ok",
        explanation=_(
            "Compare the paper with the duty the suspension names. Whoever recorded it does not"
            " confirm it."
        ),
        button=_("Confirm"),
    ),
    Deed(
        DROP_DUTY,
        _("Do not confirm that a duty is done"),
        DropDutyForm,
        needs="decide",
        icon="off",
        button=_("Do not confirm"),
    ),
)
