"""Acts on the operating licence a facility has: re-issue, adjust, suspend, revoke."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from facilities.acts.finding import license_of, not_found
from facilities.acts.forms import (
    BedsForm,
    CorrectionForm,
    NameForm,
    OfLicenseForm,
    RevokeForm,
    ScopeForm,
    SuspendForm,
)
from facilities.acts.new import decision_of, facility_url, follow, too_few_beds
from facilities.models import Facility, OperatingLicense, OperatingLicenseEvent
from facilities.services import licensing
from portal.dossiers.acts import Act, ActForm, Filing, Granting, Plan
from portal.dossiers.models import Dossier
from portal.dossiers.papers.making import titles_of

Kind = OperatingLicenseEvent.Kind


class OfLicense(Act):
    """An act on the licence whose number the filing names."""

    form: ClassVar[type[ActForm]] = OfLicenseForm
    kind: ClassVar[str] = ""

    @override
    def subject(self, filing: Filing) -> UUID | None:
        license = self._find(filing)
        return license.facility_id if license else None

    def _find(self, filing: Filing) -> OperatingLicense | None:
        return license_of(filing.values.get("license_number", ""), filing.authority.path)

    @override
    def check(self, filing: Filing, subject: UUID | None) -> None:
        license = self._find(filing)
        if license is None:
            raise not_found(filing)
        licensing.require_act(license, self.kind, filing.on)

    @override
    def knows(self, filing: Filing, subject: UUID | None, fact: str) -> str:
        license = self._find(filing)
        if fact != "license" or license is None or filing.case in {"damaged", "wrong"}:
            return ""  # a damaged or wrong original comes back
        return _("Operating licence %(number)s, issued on %(day)s") % {
            "number": license.number_raw,
            "day": f"{license.issued_on:%d/%m/%Y}",
        }

    @override
    def result_url(self, dossier: Dossier) -> str:
        return facility_url(dossier)

    def license(self, dossier: Dossier) -> OperatingLicense:
        """Return the licence of a dossier as it stands now."""
        number = dossier.values.get("license_number", "")
        license = license_of(number, dossier.authority.path)
        if license is None:
            raise ValidationError(
                gettext_lazy("Licence %(number)s was replaced or changed since this was filed."),
                code="license_gone",
                params={"number": number},
            )
        return license

    def said(self, license: OperatingLicense) -> list[tuple[str, str]]:
        """Return the lines every decision on a licence begins with."""
        return [
            (_("Operating licence number"), license.number_raw),
            (_("Facility"), license.facility.name),
        ]


class Changing(OfLicense):
    """An act that writes another version of a licence; each case changes its own things alone.

    The case says how long the authority has and which documents come with it: what belongs to
    another case is refused, not taken along.
    """

    forms_of: ClassVar[Mapping[str, type[ActForm]]] = {}
    labels: ClassVar[Mapping[str, StrOrPromise]] = {
        "name": gettext_lazy("Name"),
        "address": gettext_lazy("Address"),
        "responsible": gettext_lazy("Person in charge of professional matters"),
        "hours": gettext_lazy("Opening hours"),
        "beds": gettext_lazy("Beds"),
        "scope": gettext_lazy("Scope of activity"),
    }

    @override
    def form_of(self, case: str) -> type[ActForm]:
        return self.forms_of.get(case, self.form)

    def may_change(self, case: str) -> set[str]:
        """Return what a case changes, as the fields of its form."""
        return set(self.form_of(case).base_fields) & set(self.labels)

    @override
    def check(self, filing: Filing, subject: UUID | None) -> None:
        super().check(filing, subject)
        changes, mine = _changes(filing.values), self.may_change(filing.case)
        if astray := [str(self.labels[name]) for name in changes if name not in mine]:
            raise ValidationError(
                gettext_lazy("This case does not change: %(what)s. File that as its own case."),
                code="changes_of_another_case",
                params={"what": ", ".join(astray)},
            )
        if mine and not changes:
            raise ValidationError(
                gettext_lazy("Write what changes: %(what)s."),
                code="nothing_changes",
                params={"what": ", ".join(str(self.labels[name]) for name in sorted(mine))},
            )

    def changed(self, dossier: Dossier, on: date) -> OperatingLicense:
        """Return the licence of a dossier; one that another version awaits is changed by none before."""
        license = self.license(dossier)
        licensing.require_none_to_come(license, on)
        return license

    def lines(self, dossier: Dossier, license: OperatingLicense) -> list[tuple[str, str]]:
        """Return what changes as the decision prints it."""
        changed = _changes(dossier.values)
        return [*self.said(license), *((str(self.labels[n]), str(to)) for n, to in changed.items())]

    def write(self, granting: Granting, *, is_reissue: bool) -> None:
        """Write the next version, and let the register follow what it says."""
        dossier = granting.dossier
        license, changes = self.license(dossier), _changes(dossier.values)
        licensing.adjust_operating_license(
            actor=granting.actor,
            license=license,
            changes=changes,
            valid_from=granting.on,
            decision=decision_of(granting),
            is_reissue=is_reissue,
        )
        follow(license.facility, changes, granting)


class Reissue(Changing):
    """The same licence on a new paper: lost, damaged, or wrong and put right."""

    code = "operating_license.reissue"
    kind = Kind.REISSUED
    forms_of: ClassVar[Mapping[str, type[ActForm]]] = {"wrong": CorrectionForm}

    @override
    def plan(self, granting: Granting) -> Plan:
        dossier = granting.dossier
        license = self.changed(dossier, granting.on)
        article = _("Operating licence number %(number)s of %(name)s is issued again.")
        words = {"number": license.number_raw, "name": license.facility.name}
        reason = (_("Reason"), titles_of(dossier)[1])
        return Plan(
            [*self.lines(dossier, license), reason],
            [article % words, _("This decision takes effect on the day it is signed.")],
        )

    @override
    def carry_out(self, granting: Granting) -> None:
        self.write(granting, is_reissue=True)


class Adjust(Changing):
    """Another name, other hours, beds or scope."""

    code = "operating_license.adjust"
    form = NameForm
    kind = Kind.ADJUSTED
    forms_of: ClassVar[Mapping[str, type[ActForm]]] = {"beds": BedsForm, "scope": ScopeForm}

    @override
    def notices(self, filing: Filing, subject: UUID | None) -> list[str]:
        license = self._find(filing)
        if license is None or not filing.values.get("beds"):
            return []
        place = license.facility
        facility = Facility.objects.filter(organisation=place).first()
        return too_few_beds(
            form=facility.form if facility is not None else "",
            name=place.name,
            beds=int(filing.values["beds"]),
            on=filing.on,
        )

    @override
    def plan(self, granting: Granting) -> Plan:
        license = self.changed(granting.dossier, granting.on)
        article = _("Operating licence number %(number)s of %(name)s is adjusted:")
        words = {"number": license.number_raw, "name": license.facility.name}
        return Plan(
            self.lines(granting.dossier, license),
            [article % words, _("This decision takes effect on the day it is signed.")],
        )

    @override
    def carry_out(self, granting: Granting) -> None:
        self.write(granting, is_reissue=False)


class Suspend(OfLicense):
    """A licence, or a part of its scope, suspended."""

    code = "operating_license.suspend"
    form = SuspendForm
    kind = Kind.SUSPENDED

    @override
    def check(self, filing: Filing, subject: UUID | None) -> None:
        super().check(filing, subject)
        _require_order(_day(filing.values, "valid_from"), _day(filing.values, "valid_until"))

    @override
    def plan(self, granting: Granting) -> Plan:
        dossier = granting.dossier
        license, said = self.license(dossier), dossier.values
        first, last = _first(dossier, granting.on), _day(said, "valid_until")
        _require_order(first, last)
        lines = [
            *self.said(license),
            (_("Ground"), titles_of(dossier)[1]),
            (_("Facts"), said.get("reasons", "")),
            (_("From"), f"{first:%d/%m/%Y}"),
            *([(_("Until"), f"{last:%d/%m/%Y}")] if last else []),
            *([(_("Part of the scope"), said["part"])] if said.get("part") else []),
        ]
        article = _("Operating licence number %(number)s of %(name)s is suspended:")
        words = {"number": license.number_raw, "name": license.facility.name}
        return Plan(
            lines, [article % words, _("The facility stops what is suspended from that day.")]
        )

    @override
    def carry_out(self, granting: Granting) -> None:
        dossier = granting.dossier
        licensing.suspend_operating_license(
            actor=granting.actor,
            license=self.license(dossier),
            valid_from=_first(dossier, granting.on),
            valid_until=_day(dossier.values, "valid_until"),
            decision=decision_of(granting),
            ground=dossier.values.get("reasons", ""),
            part=dossier.values.get("part", ""),
        )


class Revoke(OfLicense):
    """A licence revoked for good."""

    code = "operating_license.revoke"
    form = RevokeForm
    kind = Kind.REVOKED

    @override
    def plan(self, granting: Granting) -> Plan:
        dossier = granting.dossier
        license = self.license(dossier)
        lines = [
            *self.said(license),
            (_("Ground"), titles_of(dossier)[1]),
            (_("Facts"), dossier.values.get("reasons", "")),
        ]
        article = _("Operating licence number %(number)s of %(name)s is revoked:")
        words = {"number": license.number_raw, "name": license.facility.name}
        return Plan(
            lines, [article % words, _("The facility gives the licence back and stops working.")]
        )

    @override
    def carry_out(self, granting: Granting) -> None:
        licensing.revoke_operating_license(
            actor=granting.actor,
            license=self.license(granting.dossier),
            valid_from=granting.on,
            decision=decision_of(granting),
            ground=granting.dossier.values.get("reasons", ""),
        )


def _changes(values: Any) -> dict[str, Any]:
    """Return what another version changes; what was left empty stays as it is."""
    changes: dict[str, Any] = {
        name: values[name]
        for name in ("name", "address", "responsible", "hours", "scope")
        if values.get(name)
    }
    if values.get("beds"):
        changes["beds"] = int(values["beds"])
    return changes


def _day(values: Any, name: str) -> date | None:
    text = str(values.get(name, "") or "")
    return date.fromisoformat(text) if text else None


def _require_order(first: date | None, last: date | None) -> None:
    """Refuse a suspension that is over before it begins, or before it could be signed."""
    if first is None or last is None or first <= last:
        return
    message = gettext_lazy(
        "The suspension would end on %(last)s, before it begins on %(first)s; mend the last day."
    )
    said = {"first": f"{first:%d/%m/%Y}", "last": f"{last:%d/%m/%Y}"}
    raise ValidationError(
        {"valid_until": ValidationError(message, code="suspension_reversed", params=said)}
    )


def _first(dossier: Dossier, on: date) -> date:
    """Return the first day: the one proposed, never before the signature."""
    return max(_day(dossier.values, "valid_from") or on, on)
