"""A whole country's ministry, departments, hospitals and stations, for a database that has none."""

from datetime import date

from django.db import transaction

from portal.places.models import (
    Area,
    Catchment,
    Organisation,
    OrganisationIdentifier,
    OrganisationPlacement,
)

BATCH = 2_000


def lowered(name: str) -> str:
    """Return the name of an area as it stands inside another name: “xã Mường Chà”."""
    return f"{name[:1].lower()}{name[1:]}"


@transaction.atomic
def create_tree(*, valid_from: date, province: str = "") -> int:
    """Create one department and hospital per province, one station per commune; return how many.

    A database that has stations keeps its own tree.
    """
    if Organisation.objects.filter(kind=Organisation.Kind.STATION).exists():
        return 0
    tree = Tree(valid_from)
    root = Organisation.objects.filter(parent=None).first() or tree.add("Bộ Y tế", "ministry", None)
    provinces = Area.objects.provinces()
    for area in provinces.filter(code=province) if province else provinces:
        tree.add_province(root, area)
    tree.write()
    return len(tree.organisations)


class Tree:
    """Organisations that are made in memory and written together."""

    def __init__(self, valid_from: date) -> None:
        self.valid_from = valid_from
        self.organisations: list[Organisation] = []
        self.identifiers: list[OrganisationIdentifier] = []
        self.catchments: list[Catchment] = []

    def add(
        self, name: str, kind: str, parent: Organisation | None, area: Area | None = None
    ) -> Organisation:
        """Add an organisation under its parent."""
        organisation = Organisation(
            name=name, kind=kind, parent=parent, area=area, valid_from=self.valid_from
        )
        organisation.path = (parent.path if parent else "") + organisation.step
        self.organisations.append(organisation)
        return organisation

    def add_province(self, root: Organisation, area: Area) -> None:
        """Add a province's department, general hospital and stations."""
        department = self.add(f"Sở Y tế {lowered(area.name)}", "department", root, area)
        communes = list(area.communes.filter(valid_until=None).order_by("code"))
        seat = communes[0] if communes else area
        name = f"Bệnh viện Đa khoa {lowered(area.name)}"
        hospital = self.add(name, "hospital", department, seat)
        code = OrganisationIdentifier(
            organisation=hospital,
            scheme=OrganisationIdentifier.Scheme.INSURANCE,
            value=f"{area.code}001",
            valid_from=self.valid_from,
        )
        self.identifiers.append(code)
        for commune in communes:
            name = f"Trạm Y tế {lowered(commune.name)}"
            station = self.add(name, "station", department, commune)
            self.catchments.append(
                Catchment(organisation=station, area=commune, valid_from=self.valid_from)
            )

    def write(self) -> None:
        """Write everything in a few statements."""
        Organisation.objects.bulk_create(self.organisations, batch_size=BATCH)
        OrganisationPlacement.objects.bulk_create(
            (
                OrganisationPlacement(
                    organisation=organisation,
                    parent=organisation.parent,
                    valid_from=self.valid_from,
                )
                for organisation in self.organisations
                if organisation.parent is not None
            ),
            batch_size=BATCH,
        )
        OrganisationIdentifier.objects.bulk_create(self.identifiers, batch_size=BATCH)
        Catchment.objects.bulk_create(self.catchments, batch_size=BATCH)
