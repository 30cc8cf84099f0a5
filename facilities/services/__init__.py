"""Every write on facilities that has a consequence."""

from facilities.services.registering import (
    Received,
    describe_organisation,
    note_received_name,
    register_facility,
    rename_facility,
)

__all__ = [
    "Received",
    "describe_organisation",
    "note_received_name",
    "register_facility",
    "rename_facility",
]
