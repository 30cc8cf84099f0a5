"""Where does the demo happen: department, hospital, clinic, a station in every commune?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from facilities.models import Facility, FacilityName
from healthrecords.population.organisations import create_tree
from healthrecords.population.plan import PopulationError
from portal.places import services
from portal.places.models import Area, Organisation

PROVINCE, MAIN_COMMUNE = "11", "03166"  # Tỉnh Điện Biên, Xã Mường Chà
SINCE = date(2025, 7, 1)
CLINIC = "Phòng khám Đa khoa Thanh Bình"
Kind = Organisation.Kind
# Kind in the tree -> form of the register (Law 15/2023/QH15, article 48).
FORMS: Mapping[str, str] = {Kind.HOSPITAL: "BVDK", Kind.CLINIC: "PKDK", Kind.STATION: "TYT"}


@dataclass(frozen=True, slots=True)
class Places:
    """The organisations the demo speaks of by name."""

    ministry: Organisation
    department: Organisation
    hospital: Organisation
    clinic: Organisation
    station: Organisation
    stations: tuple[Organisation, ...]


def settle() -> Places:
    """Create what is missing of the demo's organisations, and return them."""
    province = Area.objects.provinces().filter(code=PROVINCE).first()
    if province is None:
        raise PopulationError(_("The reference lists are not loaded: run load_reference_lists."))
    create_tree(valid_from=SINCE, province=PROVINCE)
    department = Organisation.objects.get(kind=Kind.DEPARTMENT, area=province)
    clinic = department.children.filter(name=CLINIC).first()
    if clinic is None:
        town = province.communes.get(name="Phường Điện Biên Phủ", valid_until=None)
        clinic = services.create_organisation(
            name=CLINIC, kind=Kind.CLINIC, parent=department, valid_from=SINCE, area=town
        )
        services.give_code(
            organisation=clinic, scheme="insurance", value=f"{PROVINCE}045", valid_from=SINCE
        )
    describe(department)
    stations = tuple(department.children.filter(kind=Kind.STATION).order_by("area__code"))
    ministry = department.parent
    if ministry is None:
        raise PopulationError(_("The department of the demo province stands under no ministry."))
    return Places(
        ministry=ministry,
        department=department,
        hospital=department.children.get(kind=Kind.HOSPITAL),
        clinic=clinic,
        station=next(station for station in stations if _lies_in(station, MAIN_COMMUNE)),
        stations=stations,
    )


def describe(department: Organisation) -> None:
    """Enter the places of care that the tree has and the register of facilities lacks."""
    lacking = department.children.filter(facility=None, kind__in=FORMS).select_related("area")
    facilities = [
        Facility(
            organisation=organisation,
            form=FORMS[organisation.kind],
            ownership="private" if organisation.kind == Kind.CLINIC else "public",
            level="basic" if organisation.kind == Kind.HOSPITAL else "primary",
            address=f"{organisation.area}, Tỉnh Điện Biên",
        )
        for organisation in lacking
    ]
    Facility.objects.bulk_create(facilities)
    FacilityName.objects.bulk_create(
        FacilityName(
            facility=facility,
            kind=FacilityName.Kind.OFFICIAL,
            name=facility.organisation.name,
            address=facility.address,
            valid_from=SINCE,
        )
        for facility in facilities
    )


def _lies_in(station: Organisation, code: str) -> bool:
    return station.area is not None and station.area.code == code
