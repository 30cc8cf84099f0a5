"""The pages that bar a person from practising, and record a sanction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin.deeds import DayField, Deed, DeedForm
from portal.codelists.lookup import choices_on
from practitioners import services
from practitioners.models import PracticeBan, Practitioner, Sanction

END_BAN = "het-cam"


def bans_to_end(person: Practitioner) -> QuerySet[PracticeBan]:
    """Return the bans of a person that hold today or begin later."""
    ended = Q(valid_until__lt=timezone.localdate())
    return person.bans.exclude(ended).order_by("valid_from", "id")


class DecidedForm(DeedForm):
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
        services.ban_person(
            actor=self.request.user,
            practitioner=self.row,
            decision=self.decision(),
            measure=services.Measure(said["ground_code"], said["ground"], said["valid_until"]),
            at=timezone.now(),
        )
        day = f"{said['valid_from']:%d/%m/%Y}"
        return str(
            _("%(person)s is barred from practising from %(day)s.")
            % {"person": self.row, "day": day}
        )


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
            at=timezone.now(),
        )
        return str(_("Recorded: %(measure)s.") % {"measure": row})


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
        services.end_ban(actor=self.request.user, ban=ban, last_day=last)
        return str(
            _("The ban by %(number)s holds until %(day)s.")
            % {"number": ban.decision_no, "day": f"{last:%d/%m/%Y}"}
        )


def _in_words(ban: PracticeBan) -> str:
    until = f"{ban.valid_until:%d/%m/%Y}" if ban.valid_until else "…"
    return f"{ban.decision_no} ({ban.valid_from:%d/%m/%Y} – {until})"


CONDUCT = (
    Deed(
        "cam-hanh-nghe",
        _("Bar from practising"),
        BanForm,
        needs="decide",
        icon="lock",
        explanation=_(
            "A judgment or decision bars this person in some days, whatever licence they hold"
            " (Law 15/2023/QH15, article 20)."
        ),
        button=_("Bar"),
    ),
    Deed(
        END_BAN,
        _("End a ban"),
        EndBanForm,
        needs="decide",
        icon="lock",
        explanation=_(
            "From the day after, the ban stops nobody any more; it stays in the profile."
        ),
        button=_("End the ban"),
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
