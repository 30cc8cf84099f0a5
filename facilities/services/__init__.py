"""Every write on facilities that has a consequence."""

from facilities.services.receiving import Given, receive_facilities
from facilities.services.registering import (
    Received,
    describe_organisation,
    note_received_name,
    register_facility,
    rename_facility,
)

__all__ = [
    "Given",
    "Received",
    "describe_organisation",
    "note_received_name",
    "receive_facilities",
    "register_facility",
    "rename_facility",
]
