"""How do registrations leave as the insurer's staff list, and as Form 01?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.dates import PartialDate
from portal.intake.codebook import CodeBook
from portal.intake.shapes import Said, Shape
from portal.places.models import OrganisationIdentifier
from practitioners.approved import RELATED, approved_values
from practitioners.imports.profiles import COLUMN_OF, SCOPES, SEXES, TITLES
from practitioners.imports.rules import LEVELS
from practitioners.models import Registration

if TYPE_CHECKING:
    from uuid import UUID

    from django_stubs_ext import StrOrPromise

SEX_CODES = {sex: code for code, sex in SEXES.items()}
HOURS = re.compile(r"(?P<week>\S.*?)\s+(?P<day>\d{4}-\d{4}.*)")
DAYS = ("birth_date", "license_issued_on", "registered_from", "registered_until")


class RegistrationShape(Shape):
    """Who practises where today, as the register has it: one row for each person and facility."""

    about = _(
        "Registrations that have ended, and facilities without an insurance code, are left out."
    )

    @cached_property
    def book(self) -> CodeBook:
        return CodeBook()

    @override
    def kept(self, rows: Any) -> Any:
        """Leave out what has ended, and what another row of the same person and place follows."""
        today = rows.filter(Q(valid_until=None) | Q(valid_until__gte=self.on))
        newer = Registration.objects.filter(
            Q(valid_until=None) | Q(valid_until__gte=self.on),
            Q(valid_from__gt=OuterRef("valid_from"))
            | Q(valid_from=OuterRef("valid_from"), pk__gt=OuterRef("pk")),
            practitioner=OuterRef("practitioner"),
            facility=OuterRef("facility"),
        )
        kept = today.exclude(Exists(newer))
        related = [f"practitioner__{name}" for name in RELATED]
        return kept.select_related("facility").prefetch_related("practitioner", *related)

    @override
    def said(self, rows: Sequence[Registration]) -> Iterator[Said]:
        codes = self._codes({row.facility_id for row in rows})
        for at, row in enumerate(rows, start=1):
            items = approved_values(row.practitioner, row.facility, self.on)
            fields = {name: value for item in items.values() for name, value in item.items()}
            yield {
                "STT": at,
                "MA_CSKCB": codes.get(row.facility_id, ""),
                "DEN_NGAY": _day(row.valid_until),
                **self._columns(fields),
            }

    @staticmethod
    def _codes(places: set[UUID]) -> dict[UUID, str]:
        rows = OrganisationIdentifier.objects.current().filter(
            organisation__in=places, scheme="insurance"
        )
        return dict(rows.values_list("organisation_id", "value"))

    def _columns(self, fields: dict[str, str]) -> dict[str, Any]:
        said = {**fields, **{name: _said_day(fields.get(name, "")) for name in DAYS}}
        said["sex"] = SEX_CODES.get(fields.get("sex", ""), "")
        said["full_time"] = "1" if fields.get("full_time") else "2"
        level = fields.get("qualification_level", "")
        said["qualification_level"] = LEVELS[level][0] if level in LEVELS else ""
        said["title"] = self._title(fields.get("title", ""))
        found: dict[str, Any] = {
            column: said.get(name, "") for name, columns in COLUMN_OF.items() for column in columns
        }
        hours = HOURS.fullmatch(fields.get("hours", ""))
        found["THOIGIAN_TUAN"] = hours["week"] if hours else fields.get("hours", "")
        found["THOIGIAN_NGAY"] = hours["day"] if hours else ""
        found["PHAMVI_CM"] = self._scopes(fields.get("scope", ""))
        return self._that_fit(found)

    def _title(self, code: str) -> str:
        page = self.book.page(TITLES, self.on)
        entry = page.codes.get(code) if page is not None else None
        if entry is None:
            return code
        return str(entry.attributes.get("insurance_code") or entry.title)

    def _scopes(self, text: str) -> list[str]:
        """Return the codes of a scope that is made of titles of the list; nothing of other words."""
        page = self.book.page(SCOPES, self.on)
        by_title = {code.title: code.code for code in page.codes.values()} if page else {}
        parts = [part for part in text.split("; ") if part]
        return [by_title[part] for part in parts] if all(p in by_title for p in parts) else []

    def _that_fit(self, found: dict[str, Any]) -> dict[str, Any]:
        """Leave out a text that its column has no room for: cut off, it would be another one."""
        room = {column.name: column.length for column in self.columns}
        return {
            name: value
            for name, value in found.items()
            if not (room.get(name) and len(str(value)) > room[name])
        }


class StaffListShape(RegistrationShape):
    """The 24 columns of the insurer."""

    kind_id = "practitioners"

    @override
    def kept(self, rows: Any) -> Any:
        coded = OrganisationIdentifier.objects.current().filter(scheme="insurance")
        return super().kept(rows).filter(facility__in=coded.values("organisation"))


class Form01Shape(RegistrationShape):
    """The list of Decree 96/2023/NĐ-CP; it is of one facility."""

    kind_id = "form01"
    about = _("Registrations that have ended are left out.")

    @override
    def refusal(self, rows: Any) -> StrOrPromise:
        if len(rows.order_by().values_list("facility").distinct()[:2]) > 1:
            return _("Form 01 is of one facility: filter the list by its name first.")
        return ""


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def _said_day(text: str) -> str:
    return str(PartialDate.parse(text)) if text else ""
