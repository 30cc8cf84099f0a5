"""What kind of facility does a name speak of, and which commune of today does an address mean?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from portal.names import name_norm
from portal.places.models import AreaSuccession, Organisation

Kind = Organisation.Kind


@dataclass(frozen=True, slots=True)
class Reading:
    """The kind of organisation and the code of the list facility_forms; empty when unsure."""

    kind: str
    form: str = ""


# The first words of a folded name that match decide; the longer ones stand before the shorter.
BEGINNINGS: tuple[tuple[str, Reading], ...] = (
    ("diem tram y te", Reading(Kind.POINT, "DTR")),
    ("diem tram", Reading(Kind.POINT, "DTR")),
    ("tram y te", Reading(Kind.STATION, "TYT")),
    ("benh vien y hoc co truyen", Reading(Kind.HOSPITAL, "BVYHCT")),
    ("benh vien rang ham mat", Reading(Kind.HOSPITAL, "BVRHM")),
    ("benh vien da khoa", Reading(Kind.HOSPITAL, "BVDK")),
    ("benh vien", Reading(Kind.HOSPITAL, "BVCK")),
    ("benh xa", Reading(Kind.OTHER, "BENHXA")),
    ("nha ho sinh", Reading(Kind.OTHER, "NHS")),
    ("phong kham da khoa", Reading(Kind.CLINIC, "PKDK")),
    ("phong kham chuyen khoa", Reading(Kind.CLINIC, "PKCK")),
    ("phong kham lien chuyen khoa", Reading(Kind.CLINIC, "PKLCK")),
    ("phong kham y hoc co truyen", Reading(Kind.CLINIC, "PKYHCT")),
    ("phong kham rang ham mat", Reading(Kind.CLINIC, "PKRHM")),
    ("phong kham", Reading(Kind.CLINIC)),
    ("phong chan tri", Reading(Kind.CLINIC, "PCTYHCT")),
    ("trung tam kiem soat benh tat", Reading(Kind.OTHER, "CDC")),
    ("trung tam cap cuu", Reading(Kind.OTHER, "CCNV")),
    ("trung tam y te", Reading(Kind.CENTRE, "TTYTKV")),
)
KINDS = {reading.form: reading.kind for _beginning, reading in BEGINNINGS if reading.form}
UNITS = ("xa", "phuong", "thi tran")
UNIT_AND_NAME = re.compile(r"\b(xa|phuong|thi tran) ([^(),\-]+)")


def read_name(name: str) -> Reading:
    """Read the kind of a facility from the words its name begins with."""
    words = f"{name_norm(name)} "
    return next(
        (reading for beginning, reading in BEGINNINGS if words.startswith(f"{beginning} ")),
        Reading(Kind.OTHER),
    )


def kind_of_form(form: str) -> str:
    """Return the kind of organisation that a form of the list makes, "" where it leaves it open."""
    return KINDS.get(form, Kind.CLINIC if form.startswith("PK") else "")


class CommuneReader:
    """Finds today's commune of an old address in one province; loads the old communes once."""

    def __init__(self, province_code: str) -> None:
        rows = AreaSuccession.objects.filter(former__province_code=province_code)
        self.became: Mapping[tuple[str, str], set[UUID]] = defaultdict(set)
        for name, district, area in rows.values_list(
            "former__name_norm", "former__district_name", "area_id"
        ):
            self.became[name, _bare(district)].add(area)

    def find(self, *, name: str, address: str, district: str) -> UUID | None:
        """Return the one commune of today, or None when none or several are meant."""
        old = _bare(district)
        for text in (name_norm(name), name_norm(address)):
            for unit, rest in UNIT_AND_NAME.findall(text):
                areas = self.became.get((f"{unit} {rest.strip()}", old), set())
                if len(areas) == 1:
                    return next(iter(areas))
        for part in re.split(r"[,\-]", name_norm(address)):
            met = {a for u in UNITS for a in self.became.get((f"{u} {part.strip()}", old), ())}
            if len(met) == 1:
                return next(iter(met))
        return None


def _bare(district: str) -> str:
    """Fold a district's name and drop what it is: a district, a town, a city."""
    return re.sub(r"^(quan|huyen|thi xa|thanh pho|tx|tp)[. ]+", "", name_norm(district))
