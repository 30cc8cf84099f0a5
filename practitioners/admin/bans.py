"""The pages that propose a ban from practising or its end, and on which another official answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin.deeds import DayField, Deed
from portal.codelists.lookup import choices_on
from practitioners import services
from practitioners.admin.answering import OPEN, AnswerForm, answers, proposed
from practitioners.admin.decided import DecidedForm
from practitioners.admin.papers import PaperForm
from practitioners.models import BanProposal, PracticeBan, Practitioner

END_BAN, CONFIRM_BAN, DROP_BAN = "het-cam", "xac-nhan-cam", "khong-xac-nhan-cam"
GROUNDS = "practice_ban_grounds"


def proposals_of(person: Practitioner) -> QuerySet[BanProposal]:
    """Return the bans of a person that are proposed and not answered."""
    return person.ban_proposals.filter(state=OPEN)


def answers_a_ban_of(person: Practitioner, request: HttpRequest) -> bool:
    """Does a posted form answer a ban somebody proposed of this person, answered before or not?"""
    return answers(person.ban_proposals.all(), request.POST.get("proposal", ""))


def bans_to_end(person: Practitioner) -> QuerySet[PracticeBan]:
    """Return the bans of a person that hold today or begin later."""
    ended = Q(valid_until__lt=timezone.localdate())
    return person.bans.exclude(ended).order_by("valid_from", "id")


class BanForm(DecidedForm):
    """The ground of the law."""

    ground_code = forms.ChoiceField(label=_("Ground"))
    ground = forms.CharField(label=_("In words"), max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["ground_code"]
        chosen.choices = choices_on(GROUNDS, timezone.localdate())

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


class EndBanForm(PaperForm):
    """Which ban ends, by which decision, and on which day it holds for the last time."""

    ban = forms.TypedChoiceField(label=_("Ban"), coerce=UUID)
    decision_no = forms.CharField(label=_("Number of the decision that ends it"), max_length=60)
    decided_on = DayField(label=_("Decided on"))
    authority = forms.CharField(label=_("Decided by"), max_length=200)
    ground = forms.CharField(label=_("Why it ends"), max_length=500)
    last_day = DayField(label=_("Last day of the ban"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["ban"]
        chosen.choices = [(row.pk, _in_words(row)) for row in bans_to_end(self.row)]

    @override
    def carry_out(self) -> str:
        said = self.cleaned_data
        ban = self.row.bans.get(pk=said["ban"])
        services.propose_end(
            actor=self.request.user,
            ban=ban,
            decision=services.Decision(
                said["last_day"], said["decision_no"], said["decided_on"], said["authority"]
            ),
            because=said["ground"],
            at=self.at,
            paper=self.stored,
        )
        return str(
            _(
                "Proposed. The ban by %(number)s ends on %(day)s once a second official has"
                " confirmed it."
            )
            % {"number": ban.decision_no, "day": f"{said['last_day']:%d/%m/%Y}"}
        )


class AnswerBanForm(AnswerForm):
    """Which proposed ban, or end of one, a second official answers."""

    label = _("Proposed ban")
    paper_page = "practitioners:ban-paper"

    @override
    def known(self) -> QuerySet[BanProposal]:
        return self.row.ban_proposals.select_related("ends")  # type: ignore[no-any-return]

    @override
    def said(self, row: BanProposal) -> str:
        if row.ends is not None:
            return _end_proposed(row, row.ends)
        grounds = dict(choices_on(GROUNDS, timezone.localdate()))
        ground = str(grounds.get(row.ground_code, row.ground_code))
        said = [_in_words(row), row.authority, ground, row.ground, proposed(row)]
        return "; ".join(filter(None, said))

    @override
    def answered(self) -> dict[str, Any]:
        return {**super().answered(), "proposal_id": self.cleaned_data["proposal"]}


class ConfirmBanForm(AnswerBanForm):
    """The second official compared the proposal with the decision."""

    @override
    def carry_out(self) -> str:
        row = services.confirm_ban(**self.answered())
        if BanProposal.objects.filter(pk=self.cleaned_data["proposal"], ends=row).exists():
            said = {"number": row.decision_no, "day": f"{row.valid_until:%d/%m/%Y}"}
            return str(_("The ban by %(number)s holds until %(day)s.") % said)
        said = {"person": str(self.row), "day": f"{row.valid_from:%d/%m/%Y}"}
        return str(_("%(person)s is barred from practising from %(day)s.") % said)


class DropBanForm(AnswerBanForm):
    """Why nobody is barred by it, or the ban does not end."""

    reason = forms.CharField(label=_("Why the ban is not confirmed"), max_length=300)

    @override
    def carry_out(self) -> str:
        row = services.drop_ban(reason=self.cleaned_data["reason"], **self.answered())
        if row.ends is not None:
            said = {"number": row.ends.decision_no}
            return str(_("The ban by %(number)s holds on as before.") % said)
        return str(_("The ban by %(number)s is not confirmed.") % {"number": row.decision_no})


def _in_words(ban: PracticeBan | BanProposal) -> str:
    until = f"{ban.valid_until:%d/%m/%Y}" if ban.valid_until else "…"
    return f"{ban.decision_no} ({ban.valid_from:%d/%m/%Y} – {until})"


def _end_proposed(row: BanProposal, ban: PracticeBan) -> str:
    """Say which ban ends on which day, and by which decision."""
    ends = _("end of the ban %(ban)s on %(day)s") % {
        "ban": _in_words(ban),
        "day": f"{row.valid_until:%d/%m/%Y}",
    }
    decided = _("decision %(number)s of %(day)s") % {
        "number": row.decision_no,
        "day": f"{row.decided_on:%d/%m/%Y}",
    }
    return "; ".join(filter(None, [ends, decided, row.authority, row.ground, proposed(row)]))


BANS = (
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
            "A ban ends by a decision or judgment of its own. Say which one, and the last day of the"
            " ban. A second official confirms it; until then the ban holds. It stays in the profile."
        ),
        button=_("Propose"),
    ),
)
