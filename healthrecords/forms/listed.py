"""The lists of the visit form: those of the day on which the visit ends."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from healthrecords.forms.allergies import AllergyFields
from healthrecords.models import Visit
from healthrecords.services import VisitEntry
from healthrecords.services.deaths import fatal
from healthrecords.services.visits import last_day_of
from portal.codelists.lookup import Entry, codes_on


class ListedFields(AllergyFields):
    """The fields of a visit whose choices are a list's codes; the visit form has them."""

    visit: Visit | None
    at: datetime
    is_finished: bool

    LISTS: Mapping[str, str] = {
        "kind": "visit_kinds",
        "coverage": "coverage_kinds",
        "identified_by": "identity_methods",
        "outcome": "treatment_outcomes",
        "discharge": "discharge_kinds",
        "department": "departments",
        "injury_kind": "injury_kinds",
    }
    TIMES = ("started_at", "admitted_at", "ended_at", "died_at")

    def _typed(self, data: Any) -> dict[str, Any]:
        """Return what was typed, or stored, of the times and the kind; what cannot be read is none."""
        said = {name: getattr(self.visit, name, None) for name in (*self.TIMES, "kind")}
        if data is None:
            return said | {"kind": said["kind"] or self.initial.get("kind")}
        for name in self.TIMES:
            try:
                said[name] = self.fields[name].clean(data.get(name, ""))
            except ValidationError:
                said[name] = None
        return said | {"kind": data.get("kind", "")}

    def _list_day(self, said: Mapping[str, Any]) -> date:
        """Return the day on which the visit ends, which picks the version of every list."""
        entry = VisitEntry(
            started_at=said.get("started_at") or self.at,
            kind=said.get("kind") or "",
            ended_at=said.get("ended_at"),
            died_at=said.get("died_at"),
            admitted_at=said.get("admitted_at"),
            is_finished=self.is_finished,
        )
        return last_day_of(entry, at=self.at, besides=self.visit)

    def _offer_lists(self, on: date) -> None:
        """Offer the codes of that day; one that was stored or chosen before stays in sight."""
        for name, key in self.LISTS.items():
            field: Any = self.fields[name]
            rows = codes_on(key, on)
            here = [row for row in rows if _is_for_stations(row)]
            stored, chosen = getattr(self.visit, name, ""), self.data.get(name, "")
            today = codes_on(key, timezone.localdate(self.at))
            more = [row for row in rows if row.code == stored and row not in here]
            more += [row for row in today if row.code == chosen and _is_for_stations(row)]
            known = {row.code for row in here}
            shown = here + list({r.code: r for r in more if r.code not in known}.values())
            numbered = name in {"kind", "coverage", "department"}
            field.choices = [] if field.required else [("", "")]
            field.choices += [
                (row.code, f"{row.code} {row.title}" if numbered else row.title) for row in shown
            ]

    @property
    def deaths(self) -> str:
        """Name the results that are a death, for the script."""
        return " ".join(fatal(timezone.localdate(self.at)))

    @property
    def kinds(self) -> str:
        """Name the kinds of visit that ask for more than an ordinary one, for the script."""
        return " ".join(code for code, asked in self._asked() if asked)

    @property
    def stays(self) -> str:
        """Name the kinds of visit that may last for days, for the script."""
        return " ".join(code for code, asked in self._asked() if "stay" in asked.split(";"))

    def _asked(self) -> list[tuple[str, str]]:
        rows = codes_on("visit_kinds", timezone.localdate(self.at))
        return [(row.code, str(row.attributes.get("asks") or "")) for row in rows]


def _is_for_stations(row: Entry) -> bool:
    return str(row.attributes.get("commune_station", "1")) == "1"
