"""Acts on the operating licence a facility has: re-issue, adjust, suspend, revoke."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from facilities.acts.forms import AdjustForm, OfLicenseForm, ReissueForm, RevokeForm, SuspendForm
from facilities.acts.new import decision_of, facility_url
from facilities.models import OperatingLicense, OperatingLicenseEvent
from facilities.services import licensing
from portal.dossiers.acts import Act, ActForm, Filing, Granting, Plan
from portal.dossiers.models import Dossier
from portal.dossiers.papers.making import titles_of
from portal.identifiers import OperatingLicenseNumber

Kind = OperatingLicenseEvent.Kind


def license_of(number: str, authority_path: str) -> OperatingLicense | None:
    """Return the current licence of a number, of a facility under the authority."""
    try:
        serial, issuer = OperatingLicenseNumber.parse(number).key
    except ValidationError:
        return None
    rows = OperatingLicense.objects.filter(serial=serial, issuer_code=issuer, superseded_on=None)
    rows = rows.filter(facility__path__startswith=authority_path)
    found: OperatingLicense | None = rows.select_related("facility").first()
    return found


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
            raise ValidationError(
                {
                    "license_number": ValidationError(
                        gettext_lazy(
                            "No facility of %(place)s has operating licence %(number)s. Compare it"
                            " with the licence, or choose another authority."
                        ),
                        code="license_not_found",
                        params={
                            "place": filing.authority.name,
                            "number": filing.values.get("license_number", ""),
                        },
                    )
                }
            )
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


class Reissue(OfLicense):
    """The same licence on a new paper: lost, damaged, wrong."""

    code = "operating_license.reissue"
    form = ReissueForm
    kind = Kind.REISSUED

    @override
    def plan(self, granting: Granting) -> Plan:
        license = self.license(granting.dossier)
        article = _("Operating licence number %(number)s of %(name)s is issued again.")
        words = {"number": license.number_raw, "name": license.facility.name}
        lines = [*self.said(license), (_("Reason"), titles_of(granting.dossier)[1])]
        return Plan(
            lines, [article % words, _("This decision takes effect on the day it is signed.")]
        )

    @override
    def carry_out(self, granting: Granting) -> None:
        licensing.adjust_operating_license(
            actor=granting.actor,
            license=self.license(granting.dossier),
            changes={},
            valid_from=granting.on,
            decision=decision_of(granting),
            is_reissue=True,
        )


class Adjust(OfLicense):
    """Another name, other hours, beds or scope."""

    code = "operating_license.adjust"
    form = AdjustForm
    kind = Kind.ADJUSTED

    @override
    def check(self, filing: Filing, subject: UUID | None) -> None:
        super().check(filing, subject)
        if not _changes(filing.values):
            raise ValidationError(
                gettext_lazy("Write what changes: name, hours, beds or scope."),
                code="nothing_changes",
            )

    @override
    def plan(self, granting: Granting) -> Plan:
        dossier = granting.dossier
        license = self.license(dossier)
        labels = {
            "name": _("New name"),
            "hours": _("New opening hours"),
            "beds": _("Beds from now on"),
            "scope": _("New scope of activity"),
        }
        changes = [(labels[name], str(to)) for name, to in _changes(dossier.values).items()]
        article = _("Operating licence number %(number)s of %(name)s is adjusted:")
        words = {"number": license.number_raw, "name": license.facility.name}
        return Plan(
            [*self.said(license), *changes],
            [article % words, _("This decision takes effect on the day it is signed.")],
        )

    @override
    def carry_out(self, granting: Granting) -> None:
        licensing.adjust_operating_license(
            actor=granting.actor,
            license=self.license(granting.dossier),
            changes=_changes(granting.dossier.values),
            valid_from=granting.on,
            decision=decision_of(granting),
        )


class Suspend(OfLicense):
    """A licence, or a part of its scope, suspended."""

    code = "operating_license.suspend"
    form = SuspendForm
    kind = Kind.SUSPENDED

    @override
    def plan(self, granting: Granting) -> Plan:
        dossier = granting.dossier
        license, said = self.license(dossier), dossier.values
        first, last = _first(dossier, granting.on), _day(said, "valid_until")
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
    """Return what an adjustment changes; what was left empty stays as it is."""
    changes: dict[str, Any] = {
        name: values[name] for name in ("name", "hours", "scope") if values.get(name)
    }
    if values.get("beds"):
        changes["beds"] = int(values["beds"])
    return changes


def _day(values: Any, name: str) -> date | None:
    text = str(values.get(name, "") or "")
    return date.fromisoformat(text) if text else None


def _first(dossier: Dossier, on: date) -> date:
    """Return the first day: the one proposed, never before the signature."""
    return max(_day(dossier.values, "valid_from") or on, on)
