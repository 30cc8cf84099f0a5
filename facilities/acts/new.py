"""A first operating licence, or one in place of another (Law 15/2023/QH15, article 52)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from typing_extensions import override

from facilities.acts.finding import license_of, not_found, standing_license
from facilities.acts.forms import FORMS, ChangedForm, NewForm
from facilities.acts.known import KNOWN
from facilities.models import Facility, OperatingLicense
from facilities.rules import CONDITIONS, rules_of
from facilities.services.following import follow_license
from facilities.services.licensing import Decision, Printed, issue_operating_license
from facilities.services.registering import Received, register_facility
from portal.codelists.lookup import titles_on
from portal.database.periods import holds_on
from portal.dossiers.acts import Act, ActForm, Filing, Granting, Plan
from portal.dossiers.models import Dossier
from portal.dossiers.numbering import letters_of
from portal.places.models import Organisation

SERIES = "operating_license"
CHANGED = "changed"  # the case of another form, place or legal entity


def decision_of(granting: Granting) -> Decision:
    """Return by which decision something happens to a licence."""
    return Decision(
        number=granting.number,
        decided_on=granting.on,
        decided_by=granting.dossier.authority.name,
        dossier_id=granting.dossier.pk,
    )


def facility_url(dossier: Dossier) -> str:
    """Return the page of the facility whose licence it is."""
    facility = Facility.objects.filter(organisation=dossier.subject).first()
    return reverse("admin:facilities_facility_change", args=[facility.pk]) if facility else ""


def follow(place: Organisation, said: Mapping[str, Any], granting: Granting) -> None:
    """Let what is known of a facility follow what its licence says from today."""
    facility = Facility.objects.filter(organisation=place).first()
    if facility is not None:
        follow_license(facility=facility, said=said, on=granting.on, decision=decision_of(granting))


def too_few_beds(*, form: str, name: str, beds: int | None, on: date) -> list[str]:
    """Say which minimum of beds of a form is not reached: a warning, which refuses nothing.

    The name of a hospital says its specialty before it has a page of its own.
    """
    message = _("%(condition)s; %(beds)s are asked for (%(article)s).")
    return [
        message
        % {
            "condition": rule.title,
            "beds": ngettext("%(n)d bed", "%(n)d beds", beds or 0) % {"n": beds or 0},
            "article": rule.article,
        }
        for rule in rules_of(CONDITIONS, on)
        if rule.said("measure") == "beds" and rule.is_about(form, name)
        if (beds or 0) < (rule.number("minimum") or 0)
    ]


class New(Act):
    """A licence for a facility that has none, or whose form, place or legal entity changed."""

    code = "operating_license.new"
    form: ClassVar[type[ActForm]] = NewForm

    @override
    def form_of(self, case: str) -> type[ActForm]:
        return ChangedForm if case == CHANGED else self.form

    @override
    def subject(self, filing: Filing) -> UUID | None:
        if number := filing.values.get("license_number", ""):
            license = license_of(number, filing.authority.path)
            return license.facility_id if license else None
        code = filing.values.get("code", "")
        if not code:
            return None
        rows = Organisation.objects.filter(
            holds_on(timezone.localdate(), "identifiers__"),
            identifiers__scheme="insurance",
            identifiers__value=code,
            path__startswith=filing.authority.path,
        )
        found = rows.exclude(pk=filing.authority.pk).first()
        return found.pk if found else None

    @override
    def check(self, filing: Filing, subject: UUID | None) -> None:
        if filing.values.get("code") and subject is None:
            raise ValidationError(
                {
                    "code": ValidationError(
                        gettext_lazy(
                            "No facility of %(place)s has the code %(code)s. Correct it, or leave it"
                            " empty for a facility that is new."
                        ),
                        code="facility_unknown",
                        params={
                            "place": filing.authority.name,
                            "code": filing.values["code"],
                        },
                    )
                }
            )
        if filing.case == CHANGED and subject is None:
            raise not_found(filing)
        current = standing_license(subject, filing.on)
        if current is not None and filing.case != CHANGED:
            raise ValidationError(
                gettext_lazy(
                    "This facility has operating licence %(number)s. Ask for an adjustment, or choose"
                    " the case that its form, place or legal entity changes."
                ),
                code="license_held",
                params={"number": current.number_raw},
            )

    @override
    def notices(self, filing: Filing, subject: UUID | None) -> list[str]:
        said = filing.values
        return too_few_beds(
            form=said.get("form", ""),
            name=filing.applicant_name,
            beds=int(said["beds"]) if said.get("beds") else None,
            on=filing.on,
        )

    @override
    def knows(self, filing: Filing, subject: UUID | None, fact: str) -> str:
        ask = KNOWN.get(fact)
        place = Organisation.objects.filter(pk=subject).first() if ask and subject else None
        return ask(place, filing.on) if ask is not None and place is not None else ""

    @override
    def plan(self, granting: Granting) -> Plan:
        dossier, number = granting.dossier, self._number(granting)
        said = self._printed(granting)
        lines = [
            (_("Operating licence number"), number),
            (_("Facility"), said.name),
            (_("Form of organisation"), titles_on(FORMS, granting.on).get(said.form, said.form)),
            (_("Address of the facility"), said.address),
            (_("Person in charge of professional matters"), said.responsible),
            *([(_("Opening hours"), said.hours)] if said.hours else []),
            *([(_("Beds"), str(said.beds))] if said.beds is not None else []),
            (_("Scope of activity"), said.scope),
        ]
        issue = _("Operating licence number %(number)s is issued to %(name)s:")
        return Plan(
            lines,
            [
                issue % {"number": number, "name": dossier.applicant_name},
                _(
                    "The facility works within the scope above and keeps the conditions of its licence."
                ),
                _("This decision takes effect on the day it is signed."),
            ],
        )

    @override
    def carry_out(self, granting: Granting) -> None:
        dossier, printed, place = (
            granting.dossier,
            self._printed(granting),
            self._facility(granting),
        )
        issue_operating_license(
            actor=granting.actor,
            facility=place,
            number=self._number(granting),
            printed=printed,
            valid_from=granting.on,
            decision=decision_of(granting),
            issued_by=dossier.authority.name,
        )
        told = ("form", "name", "address", "beds", "hours")
        follow(place, {name: getattr(printed, name) for name in told}, granting)

    @override
    def result_url(self, dossier: Dossier) -> str:
        return facility_url(dossier)

    def _facility(self, granting: Granting) -> Organisation:
        """Return the facility, entered into the register where it is new."""
        dossier = granting.dossier
        if dossier.subject is not None:
            known: Organisation = Organisation.objects.get(pk=dossier.subject)
            return known
        facility = register_facility(
            department=dossier.authority,
            received=Received(
                name=dossier.applicant_name,
                address=dossier.values.get("place", ""),
                phone=dossier.phone,
            ),
            on=granting.on,
            form=dossier.values.get("form", ""),
        )
        dossier.subject = facility.organisation_id
        dossier.save(update_fields=["subject"])
        organisation: Organisation = facility.organisation
        return organisation

    def _printed(self, granting: Granting) -> Printed:
        said = granting.dossier.values
        return Printed(
            form=said.get("form", ""),
            name=granting.dossier.applicant_name,
            address=said.get("place", ""),
            hours=said.get("hours", ""),
            responsible=said.get("responsible", ""),
            beds=int(said["beds"]) if said.get("beds") else None,
            scope=said.get("scope", ""),
        )

    def _number(self, granting: Granting) -> str:
        letters = letters_of(granting.dossier.authority, granting.on)

        def highest() -> int:
            rows: Any = OperatingLicense.objects.filter(issuer_code=letters)
            return int(rows.aggregate(last=Max("serial"))["last"] or 0)

        return str(granting.number_of(SERIES, floor=highest))
