"""What may stand against practising, in which words, at which step, by which article?

The words are here, the articles and what an emergency may pass over are the list practice_reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from portal.codelists.lookup import codes_on

LIST = "practice_reasons"


class Verdict(models.TextChoices):
    """What the register answers."""

    YES = "yes", _("may practise")
    NO = "no", _("may not practise")
    NOT_PROVEN = "not_proven", _("not proven")
    EMERGENCY = "emergency", _("may practise, by emergency")


class Step(models.TextChoices):
    """What is asked, one after the other."""

    PERSON = "person", _("Practitioner")
    LICENSE = "license", _("Licence")
    BAN = "ban", _("Bans")
    REGISTRATION = "registration", _("Registration at the facility")
    HOURS = "hours", _("Registered hours")
    TECHNIQUE = "technique", _("Technique")


REASONS: Mapping[str, tuple[Verdict, StrOrPromise]] = {
    "account_unknown": (
        Verdict.NOT_PROVEN,
        _("The account is not linked to a practitioner of the register."),
    ),
    "profile_unverified": (
        Verdict.NOT_PROVEN,
        _("The department has not verified this practitioner's profile yet."),
    ),
    "person_died": (Verdict.NO, _("The register says that this person has died.")),
    "license_unknown": (
        Verdict.NOT_PROVEN,
        _("The register holds no licence to practise of this person."),
    ),
    "license_not_yet": (Verdict.NO, _("The licence to practise is not yet in force.")),
    "license_expired": (Verdict.NO, _("The licence to practise has expired.")),
    "license_suspended": (Verdict.NO, _("The licence to practise is suspended.")),
    "license_revoked": (Verdict.NO, _("The licence to practise was revoked.")),
    "license_superseded": (Verdict.NO, _("The licence to practise was replaced by another.")),
    "banned": (Verdict.NO, _("This person is barred from practising.")),
    "registration_unknown": (
        Verdict.NOT_PROVEN,
        _("The register holds no list of who practises at this facility."),
    ),
    "registration_missing": (
        Verdict.NO,
        _("This person is not registered to practise at this facility."),
    ),
    "registration_ended": (
        Verdict.NO,
        _("The registration at this facility did not hold on that day."),
    ),
    "registration_pending": (
        Verdict.NO,
        _("The registration at this facility is announced and not yet complete."),
    ),
    "hours_unknown": (
        Verdict.NOT_PROVEN,
        _("The register does not know in which hours this person practises here."),
    ),
    "hours_outside": (Verdict.NO, _("That moment lies outside the registered hours.")),
    "technique_outside": (
        Verdict.NO,
        _("The technique lies outside the scope of the licence and was not assigned in writing."),
    ),
    "technique_unknown": (
        Verdict.NOT_PROVEN,
        _("The register cannot tell whether the technique lies within the scope."),
    ),
}
STEP_OF: Mapping[str, Step] = {
    "account": Step.PERSON,
    "profile": Step.PERSON,
    "person": Step.PERSON,
    "license": Step.LICENSE,
    "banned": Step.BAN,
    "registration": Step.REGISTRATION,
    "hours": Step.HOURS,
    "technique": Step.TECHNIQUE,
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the answer is not a plain yes: what stands against it, and by which article."""

    code: str
    article: str = ""
    # Emergency care may pass over it (article 36(3)).
    may_be_overridden: bool = False

    @property
    def verdict(self) -> Verdict:
        return REASONS[self.code][0]

    @property
    def sentence(self) -> StrOrPromise:
        return REASONS[self.code][1]

    @property
    def step(self) -> Step:
        return STEP_OF[self.code.partition("_")[0]]


def reasons_of(codes: Iterable[str], on: date) -> tuple[Reason, ...]:
    """Return reasons with the articles of a day; one query, then memory."""
    said = {entry.code: entry.attributes for entry in codes_on(LIST, on)}
    return tuple(
        Reason(
            code,
            str(said.get(code, {}).get("article", "")),
            str(said.get(code, {}).get("emergency", "")) == "1",
        )
        for code in codes
    )
