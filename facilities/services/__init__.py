"""Every write on facilities that has a consequence."""

from facilities.services.licensing import (
    Decision,
    Printed,
    adjust_operating_license,
    close_for_a_time,
    issue_operating_license,
    printed_now,
    reopen,
    resume_operating_license,
    revoke_operating_license,
    suspend_operating_license,
)
from facilities.services.receiving import Given, receive_facilities
from facilities.services.registering import (
    Received,
    describe_organisation,
    note_received_name,
    register_facility,
    rename_facility,
)
from facilities.services.succession import Step, split, succeed, withdraw_succession

__all__ = [
    "Decision",
    "Given",
    "Printed",
    "Received",
    "Step",
    "adjust_operating_license",
    "close_for_a_time",
    "describe_organisation",
    "issue_operating_license",
    "note_received_name",
    "printed_now",
    "receive_facilities",
    "register_facility",
    "rename_facility",
    "reopen",
    "resume_operating_license",
    "revoke_operating_license",
    "split",
    "succeed",
    "suspend_operating_license",
    "withdraw_succession",
]
