"""Where a citizen lives: the present on the record, the past never overwritten."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from healthrecords.models import Citizen, CitizenAddress
from healthrecords.services.entries import AddressEntry
from healthrecords.services.row_sources import note_row
from healthrecords.services.sources import Spoken
from portal.places.models import Area

Kind = CitizenAddress.Kind


def keep_residence(
    citizen: Citizen, *, before: tuple[str, Area | None], on: date, origin: str = "typed"
) -> CitizenAddress | None:
    """Close the residence there was and open the one that stands on the record now."""
    now = (citizen.address, citizen.area)
    if now == before:
        return None
    open_row = citizen.addresses.filter(kind=Kind.RESIDENCE, valid_until=None).first()
    if open_row is None and (before[0] or before[1] is not None):
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
    open_row = citizen.addresses.filter(kind=entry.kind, valid_until=None).first()
    if open_row is not None and (open_row.text, open_row.area) == (text, entry.area):
        return open_row
    if open_row is not None:
        close(open_row, on=on)
    if not text and entry.area is None:
        return None
    row = _open(citizen, entry.kind, (text, entry.area), on=on, origin="typed")
    note_row(row, {}, spoken)
    return row
