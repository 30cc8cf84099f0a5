"""How do facilities leave as the insurer's list: one row for each name a code carries?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.imports.facilities import ADDRESS, CODE, DISTRICT, FACILITIES, NAME
from facilities.models import Facility
from portal.intake.shapes import Said, Shape


class FacilityShape(Shape):
    """Facilities with an insurance code, under every name that holds today."""

    kind_id = FACILITIES.id
    about = _("Facilities without an insurance code are left out: the list knows them by it.")

    @override
    def kept(self, rows: Any) -> Any:
        return rows.prefetch_related("names", "organisation__identifiers")

    @override
    def said(self, rows: Sequence[Facility]) -> Iterator[Said]:
        for row in rows:
            for identifier in row.organisation.identifiers.all():
                if identifier.scheme != "insurance" or not identifier.holds:
                    continue
                for name in row.names.all():
                    if name.valid_until is None:
                        yield {
                            CODE: identifier.value,
                            NAME: name.name,
                            ADDRESS: name.address,
                            DISTRICT: name.former_district,
                        }
