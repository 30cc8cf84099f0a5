"""The pages that propose and confirm a ban from practising, end one, and record a sanction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin.deeds import DayField, Deed, DeedForm
from portal.codelists.lookup import choices_on
from practitioners import services
from practitioners.admin.papers import PaperForm
from practitioners.models import (
    BanProposal,
    LicenseEvent,
    PracticeBan,
    PracticeLicense,
    Practitioner,
    Sanction,
)
from practitioners.states import State

END_BAN, DUTY = "het-cam", "hoan-thanh-nghia-vu"
CONFIRM_BAN, DROP_BAN = "xac-nhan-cam", "khong-xac-nhan-cam"


def proposals_of(person: Practitioner) -> QuerySet[BanProposal]:
    """Return the bans of a person that are proposed and not answered."""
    rows = BanProposal.objects.filter(practitioner=person, state=BanProposal.State.OPEN)
    return rows.select_related("proposed_by").order_by("proposed_at", "id")


def answers_a_ban_of(person: Practitioner, request: HttpRequest) -> bool:
    """Does a posted form answer a ban somebody proposed of this person, answered before or not?"""
    asked = request.POST.get("proposal", "")
    known = BanProposal.objects.filter(practitioner=person)
    return asked in {str(key) for key in known.values_list("pk", flat=True)} if asked else False


def bans_to_end(person: Practitioner) -> QuerySet[PracticeBan]:
    """Return the bans of a person that hold today or begin later."""
    ended = Q(valid_until__lt=timezone.localdate())
    return person.bans.exclude(ended).order_by("valid_from", "id")


class DecidedForm(PaperForm):
    """What every measure names: its decision, from when until when."""

    decision_no = forms.CharField(label=_("Decision number"), max_length=60)
    decided_on = DayField(label=_("Decided on"))
    authority = forms.CharField(label=_("Decided by"), max_length=200)
    valid_from = DayField(label=_("In force from"))
    valid_until = DayField(label=_("In force until"), required=False)

    def decision(self) -> services.Decision:
        """Return the decision as typed."""
        said = self.cleaned_data
        return services.Decision(
            valid_from=said["valid_from"],
            number=said["decision_no"],
            decided_on=said["decided_on"],
            authority=said["authority"],
        )


class BanForm(DecidedForm):
    """The ground of the law."""

    ground_code = forms.ChoiceField(label=_("Ground"))
    ground = forms.CharField(label=_("In words"), max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["ground_code"]
        chosen.choices = choices_on("practice_ban_grounds", timezone.localdate())

    @override
    def carry_out(self) -> str:
        said = self.cleaned_data
        services.propose_ban(
            actor=self.request.user,
            practitioner=self.row,
            decision=self.decision(),
            measure=services.Measure(said["ground_code"], said["ground"], said["valid_until"]),
            at=self.at,
            paper=self.stored,
        )
        return str(
            _("Proposed. %(person)s is barred once a second official has confirmed it.")
            % {"person": self.row}
        )


class AnswerForm(DeedForm):
    """Which proposed ban a second official answers."""

    proposal = forms.TypedChoiceField(label=_("Proposed ban"), coerce=UUID)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grounds = dict(choices_on("practice_ban_grounds", timezone.localdate()))
        chosen: Any = self.fields["proposal"]
        asked = str(self.data.get("proposal") or self.request.GET.get("de-xuat", ""))
        known = BanProposal.objects.filter(practitioner=self.row).select_related("proposed_by")
        rows = [
            row
            for row in known.order_by("proposed_at", "id")
            if row.state == BanProposal.State.OPEN or str(row.pk) == asked
        ]
        chosen.choices = [(row.pk, _proposed(row, grounds)) for row in rows]
        if len(rows) > 1:
            chosen.choices = [("", _("Choose the decision")), *chosen.choices]
        self.initial["proposal"] = asked
        chosen.help_text = format_html_join(
            " · ", '<a href="{}" target="_blank">{}</a>', _papers(rows)
        )

    def answered(self) -> dict[str, Any]:
        """Return what every answer names."""
        return {
            "actor": self.request.user,
            "proposal_id": self.cleaned_data["proposal"],
            "at": timezone.now(),
        }


class ConfirmBanForm(AnswerForm):
    """The second official compared the proposal with the decision."""

    @override
    def carry_out(self) -> str:
        row = services.confirm_ban(**self.answered())
        day = f"{row.valid_from:%d/%m/%Y}"
        if BanProposal.objects.filter(pk=self.cleaned_data["proposal"], ends=row).exists():
            return _ends_on(row)
        return str(
            _("%(person)s is barred from practising from %(day)s.")
            % {"person": self.row, "day": day}
        )


class DropBanForm(AnswerForm):
    """Why nobody is barred by it."""

    reason = forms.CharField(label=_("Why the ban is not confirmed"), max_length=300)

    @override
    def carry_out(self) -> str:
        row = services.drop_ban(reason=self.cleaned_data["reason"], **self.answered())
        if row.ends_id is not None:
            return str(_("The ban by %(number)s holds on as before.") % {"number": row.decision_no})
        return str(_("The ban by %(number)s is not confirmed.") % {"number": row.decision_no})


def _papers(rows: Iterable[BanProposal]) -> Iterator[tuple[str, str]]:
    """Yield address and words of each copy that a second official compares."""
    for row in rows:
        if row.paper_id is not None:
            url = reverse("practitioners:ban-paper", args=[row.pk])
            yield url, str(_("Copy of %(number)s") % {"number": row.decision_no})


def _proposed(row: BanProposal, grounds: Mapping[str, Any]) -> str:
    """Say what a second official compares with the decision, and who proposed it when."""
    ends = str(_("end of the ban")) if row.ends_id is not None else ""
    said = [ends, _in_words(row), row.authority, str(grounds.get(row.ground_code, row.ground_code))]
    proposed = _("proposed by %(name)s on %(day)s") % {
        "name": row.proposed_by.full_name,
        "day": f"{timezone.localtime(row.proposed_at):%d/%m/%Y}",
    }
    return "; ".join(filter(None, [*said, row.ground, str(proposed)]))


def _ends_on(row: PracticeBan) -> str:
    said = {"number": row.decision_no, "day": f"{row.valid_until:%d/%m/%Y}"}
    return str(_("The ban by %(number)s holds until %(day)s.") % said)


class SanctionForm(DecidedForm):
    """The measure, and what the public reads of it."""

    kind = forms.ChoiceField(label=_("Measure"), choices=Sanction.Kind.choices)
    ground = forms.CharField(label=_("Ground"), max_length=1000)
    amount = forms.DecimalField(
        label=_("Amount (đồng)"), required=False, max_digits=14, decimal_places=0, min_value=1
    )
    published_text = forms.CharField(
        label=_("What the public reads"),
        required=False,
        max_length=1000,
        help_text=_("Leave blank where nothing is published."),
    )
    published_until = DayField(label=_("Published until"), required=False)

    @override
    def carry_out(self) -> str:
        said = self.cleaned_data
        row = services.record_sanction(
            actor=self.request.user,
            practitioner=self.row,
            decision=self.decision(),
            penalty=services.Penalty(
                kind=said["kind"],
                ground=said["ground"],
                amount=said["amount"],
                valid_until=said["valid_until"],
                published_text=said["published_text"],
                published_until=said["published_until"],
            ),
            at=self.at,
        )
        return self.done(row)


def license_with_duty(person: Practitioner) -> PracticeLicense | None:
    """Return the licence of a person whose suspension waits for a duty to be done."""
    today = timezone.localdate()
    for license in person.licenses.current().with_acts():
        held = license.standing_on(today)
        event = held.event if held.state == State.SUSPENDED else None
        if event is not None and event.duty and not _is_done(license, event):
            return license
    return None


def _is_done(license: PracticeLicense, suspended: LicenseEvent) -> bool:
    later = (row for row in license.events.all() if row.valid_from >= suspended.valid_from)
    return any(row.kind == LicenseEvent.Kind.DUTY_DONE for row in later)


class DutyForm(DeedForm):
    """The paper that shows the duty of a suspension done."""

    paper_no = forms.CharField(label=_("Number of the certificate"), max_length=60)
    authority = forms.CharField(label=_("Issued by"), max_length=200)
    on = DayField(label=_("Done on"))

    @override
    def carry_out(self) -> str:
        said = self.cleaned_data
        license = license_with_duty(self.row)
        if license is None:
            raise ValidationError(_("No duty is left to be done."), code="no_duty_left")
        services.finish_duty(
            actor=self.request.user,
            license=license,
            decision=services.Decision(said["on"], said["paper_no"], said["on"], said["authority"]),
            at=timezone.now(),
        )
        return str(
            _("The duty of %(person)s is done; the licence holds again once the days are over.")
            % {"person": self.row}
        )


class EndBanForm(DeedForm):
    """Which ban ends, and on which day it holds for the last time."""

    ban = forms.TypedChoiceField(label=_("Ban"), coerce=UUID)
    last_day = DayField(label=_("Last day of the ban"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["ban"]
        chosen.choices = [(row.pk, _in_words(row)) for row in bans_to_end(self.row)]

    @override
    def carry_out(self) -> str:
        ban = self.row.bans.get(pk=self.cleaned_data["ban"])
        last = self.cleaned_data["last_day"]
        services.propose_end(actor=self.request.user, ban=ban, last_day=last, at=timezone.now())
        return str(
            _(
                "Proposed. The ban by %(number)s ends on %(day)s once a second official has"
                " confirmed it."
            )
            % {"number": ban.decision_no, "day": f"{last:%d/%m/%Y}"}
        )


def _in_words(ban: PracticeBan | BanProposal) -> str:
    until = f"{ban.valid_until:%d/%m/%Y}" if ban.valid_until else "…"
    return f"{ban.decision_no} ({ban.valid_from:%d/%m/%Y} – {until})"


CONDUCT = (
    Deed(
        DUTY,
        _("Tick off the duty of a suspension"),
        DutyForm,
        needs="decide",
        icon="ok",
        explanation=_(
            "A suspended licence holds again when its days are over and its duty, such as learning"
            " anew, is done (Law 15/2023/QH15, article 34)."
        ),
        button=_("Tick off"),
    ),
    Deed(
        "cam-hanh-nghe",
        _("Propose a ban from practising"),
        BanForm,
        needs="decide",
        icon="lock",
        explanation=_(
            "A judgment or decision bars this person in some days, whatever licence they hold"
            " (Law 15/2023/QH15, article 20). A second official confirms it; until then nobody is"
            " barred."
        ),
        button=_("Propose"),
    ),
    Deed(
        CONFIRM_BAN,
        _("Confirm a proposed ban"),
        ConfirmBanForm,
        needs="decide",
        icon="lock",
        explanation=_(
            "Compare it with the judgment or decision. Whoever proposed a ban, or its end, does not"
            " confirm it."
        ),
        button=_("Confirm"),
    ),
    Deed(
        DROP_BAN,
        _("Do not confirm a proposed ban"),
        DropBanForm,
        needs="decide",
        icon="off",
        button=_("Do not confirm"),
    ),
    Deed(
        END_BAN,
        _("Propose the end of a ban"),
        EndBanForm,
        needs="decide",
        icon="lock",
        explanation=_(
            "Say the last day of the ban. A second official confirms it; until then the ban holds."
            " It stays in the profile."
        ),
        button=_("Propose"),
    ),
    Deed(
        "xu-ly-vi-pham",
        _("Record a sanction"),
        SanctionForm,
        needs="decide",
        icon="warn",
        button=_("Record"),
    ),
)
