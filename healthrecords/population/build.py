"""Which places and lists does this database offer to a population?"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from healthrecords.population import illness
from healthrecords.population.plan import (
    MOST,
    Lists,
    Medicine,
    Place,
    Plan,
    PopulationError,
    Titled,
    deal,
)
from portal.codelists.lookup import codes_on, version_on
from portal.codelists.models import Holiday
from portal.codelists.sensitivity import class_of, rules_on
from portal.places.models import Area, AreaSuccession, Catchment, Organisation

# Thousands of people of each province, mid-2025; communes share their province's.
POPULATION = {
    "01": 8807, "04": 573, "08": 1865, "11": 673, "12": 512, "14": 1404, "15": 1778, "19": 1799, "20": 881, "22": 1497,
    "24": 3619, "25": 4022, "31": 4664, "33": 3567, "37": 4412, "38": 4324, "40": 3831, "42": 1622, "44": 1870,
    "46": 1432, "48": 3065, "51": 2161, "52": 3583, "56": 2243, "66": 3346, "68": 3872, "75": 4491, "79": 14002,
    "80": 3254, "82": 4370, "86": 4257, "91": 4952, "92": 4199, "96": 2606,
}  # fmt: skip
TOWN = 2.0
NEIGHBOURS = 2


def make_plan(
    *,
    citizens: int,
    seed: int,
    visits_per_citizen: float,
    first_day: date,
    last_day: date,
    province: str = "",
    twins_per_thousand: float = 0.0,
) -> Plan:
    """Return the plan of a population for the stations of this database, or say what is missing."""
    if not 0 < citizens <= MOST:
        message = _("Between 1 and %(most)s people can be generated at once.")
        raise PopulationError(message % {"most": MOST})
    places = find_places(last_day, province)
    if not places:
        raise PopulationError(
            _("No commune has a station yet. Load the demo, or add --with-organisations.")
        )
    return Plan(
        citizens=citizens,
        seed=seed,
        visits_per_citizen=visits_per_citizen,
        first_day=first_day,
        last_day=last_day,
        places=places,
        lists=read_lists(last_day),
        holidays=frozenset(Holiday.objects.filter(kind="off").values_list("day", flat=True)),
        shares=deal(citizens, [place.weight for place in places]),
        twins_per_thousand=twins_per_thousand,
    )


def find_places(on: date, province: str = "") -> list[Place]:
    """Return the communes that a station looks after on a day, in the order of their codes."""
    rows = (
        Catchment.objects.filter(
            Q(valid_until=None) | Q(valid_until__gte=on),
            valid_from__lte=on,
            organisation__kind=Organisation.Kind.STATION,
            area__parent__isnull=False,
        )
        .select_related("area__parent")
        .order_by("area__parent__code", "area__code", "organisation")
    )
    if province:
        rows = rows.filter(area__parent__code=province)
    catchments = {row.area_id: row for row in rows}
    by_province: dict[Area, list[Catchment]] = defaultdict(list)
    for row in catchments.values():
        if row.area.parent is not None:
            by_province[row.area.parent].append(row)
    old_codes, hospitals = _old_codes(), _hospitals()
    return [
        place
        for parent, found in by_province.items()
        for place in _places(
            parent,
            found,
            old_codes.get(parent.pk) or (parent.code,),
            hospitals.get(parent.pk, []),
        )
    ]


def _places(
    province: Area, found: list[Catchment], old_codes: tuple[str, ...], hospitals: list[str]
) -> Iterator[Place]:
    weights = [_weight(row) for row in found]
    people = POPULATION.get(province.code, 1000) / sum(weights)
    for number, row in enumerate(found):
        near = [found[(number + step) % len(found)] for step in range(1, NEIGHBOURS + 1)]
        neighbours = dict.fromkeys(other.organisation_id.hex for other in near if other is not row)
        yield Place(
            area=row.area_id.hex,
            station=row.organisation_id.hex,
            province=province.code,
            old_codes=old_codes,
            weight=people * weights[number],
            is_urban=row.area.unit != "xã",
            elsewhere=(*neighbours, *hospitals),
        )


def _weight(row: Catchment) -> float:
    """Return how many people a commune has against others: towns more, and no two the same."""
    spread = (
        0.6 + (int(row.area.code) * 2_654_435_761 % 1000) / 1000 if row.area.code.isdigit() else 1
    )
    return spread * (1.0 if row.area.unit == "xã" else TOWN)


def _old_codes() -> dict[UUID, tuple[str, ...]]:
    """Return for each province the codes that numbers given before July 2025 begin with."""
    rows = AreaSuccession.objects.order_by().values_list("area__parent", "former__province_code")
    found: dict[UUID, set[str]] = defaultdict(set)
    for province, code in rows.distinct():
        if province is not None:
            found[province].add(code)
    return {province: tuple(sorted(codes)) for province, codes in found.items()}


def _hospitals() -> dict[UUID, list[str]]:
    rows = Organisation.objects.current().filter(kind=Organisation.Kind.HOSPITAL)
    found: dict[UUID, list[str]] = defaultdict(list)
    for key, area, parent in rows.order_by("path").values_list("pk", "area", "area__parent"):
        if area is not None:
            found[parent or area].append(key.hex)
    return found


def read_lists(on: date) -> Lists:
    """Return the codes that visits are made of, as the lists hold on a day."""
    version = version_on("icd10", on)
    if version is None:
        raise PopulationError(_("The reference lists are not loaded: run load_reference_lists."))
    wanted = {row.code for row in (*illness.ACUTE, *illness.CHRONIC)}
    wanted |= {code for row in (*illness.ACUTE, *illness.CHRONIC) for code in row.others}
    rules = rules_on(on)
    return Lists(
        icd_version=version.pk.hex,
        diagnoses={
            entry.code: Titled(entry.code, entry.title, class_of([entry.code], (), rules))
            for entry in codes_on("icd10", on)
            if entry.code in wanted
        },
        medicines={
            entry.code: Medicine(
                entry.code,
                entry.title,
                str(entry.attributes.get("strength", "")),
                str(entry.attributes.get("unit", "")),
                str(entry.attributes.get("usual_instruction", "")),
            )
            for entry in codes_on("station_medicines", on)
        },
    )
