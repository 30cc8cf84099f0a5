"""Where a citizen lives: the present on the record, the past never overwritten."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from healthrecords.models import Citizen, CitizenAddress
from healthrecords.services.entries import AddressEntry
from healthrecords.services.guests import in_front, own
from healthrecords.services.row_sources import note_row
from healthrecords.services.sources import Spoken
from portal.places.models import Area

Kind = CitizenAddress.Kind


def keep_residence(
    citizen: Citizen, *, before: tuple[str, Area | None], on: date, origin: str = "typed"
) -> CitizenAddress | None:
    """Close the residence there was and open the one that stands on the record now.

    What a joined record says of where it lives is left as it is: that record says so still.
    """
    now = (citizen.address, citizen.area)
    if now == before:
        return None
    held = list(in_front(citizen.addresses.filter(kind=Kind.RESIDENCE, valid_until=None)))
    open_row: CitizenAddress | None = next((row for row in held if row.came_by is None), None)
    if open_row is not None and _says(open_row) == now:
        return open_row
    is_said = any(_says(row) == before for row in held)
    if open_row is None and not is_said and (before[0] or before[1] is not None):
        open_row = CitizenAddress(
            citizen=citizen,
            kind=Kind.RESIDENCE,
            text=before[0],
            area=before[1],
            origin=_came(citizen),
        )
    if open_row is not None:
        close(open_row, on=on)
    if not (now[0] or now[1] is not None):
        return None
    return _open(citizen, Kind.RESIDENCE, now, on=on, origin=origin)


def _says(address: CitizenAddress) -> tuple[str, Area | None]:
    return address.text, address.area


def mark_present(citizen: Citizen, addresses: Iterable[Any]) -> list[Any]:
    """Say of addresses, with their homes, whether each is over; those that are not come first.

    Of the residences of joined records the one is present that the record says itself.
    """
    rows = list(addresses)
    own_first = sorted(rows, key=lambda row: row.came_by is not None)
    open_rows = [row for row in own_first if row.kind == Kind.RESIDENCE and row.valid_until is None]
    lives = (citizen.address, citizen.area_id)
    here = next((row for row in open_rows if (row.text, row.area_id) == lives), None)
    for row in rows:
        row.is_over = row.valid_until is not None or row.is_behind
        if here is not None and row in open_rows:
            row.is_over = row is not here
    return sorted(rows, key=lambda row: row.is_over)


def _came(citizen: Citizen) -> str:
    return str(citizen.origin)


def close(address: CitizenAddress, *, on: date) -> None:
    """End an address the day before another begins."""
    last = on - timedelta(days=1)
    first = address.valid_from
    address.valid_until = last if first is None or first <= last else first
    address.save()


def _open(
    citizen: Citizen, kind: str, said: tuple[str, Area | None], *, on: date | None, origin: str
) -> CitizenAddress:
    address = CitizenAddress(
        citizen=citizen, kind=kind, text=said[0], area=said[1], valid_from=on, origin=origin
    )
    address.full_clean()
    address.save(force_insert=True)
    return address


def keep_address(citizen: Citizen, entry: AddressEntry, *, spoken: Spoken) -> CitizenAddress | None:
    """Keep an address of another kind than the residence; the one it replaces is closed."""
    text, on = " ".join(entry.text.split()), timezone.localdate(spoken.at)
    held = in_front(citizen.addresses.filter(kind=entry.kind, valid_until=None))
    open_row: CitizenAddress | None = held.first()
    if open_row is not None and _says(open_row) == (text, entry.area):
        return open_row
    if open_row is not None:
        close(own(open_row), on=on)
    if not text and entry.area is None:
        return None
    row = _open(citizen, entry.kind, (text, entry.area), on=on, origin="typed")
    note_row(row, {}, spoken)
    return row
