"""Every write on facilities that has a consequence."""

from facilities.services.dispensing import Wanted, give_back, give_out, lots_for
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
from facilities.services.registering import (
    Received,
    describe_organisation,
    note_received_name,
    register_facility,
    rename_facility,
)
from facilities.services.stock import Booked, Receipt, block, receive, take_out, transfer
from facilities.services.stocktaking import (
    Count,
    close_stocktake,
    open_stocktake,
    write_counts,
)
from facilities.services.succession import Step, split, succeed, withdraw_succession

__all__ = [
    "Booked",
    "Count",
    "Decision",
    "Printed",
    "Receipt",
    "Received",
    "Step",
    "Wanted",
    "adjust_operating_license",
    "block",
    "close_for_a_time",
    "close_stocktake",
    "describe_organisation",
    "give_back",
    "give_out",
    "issue_operating_license",
    "lots_for",
    "note_received_name",
    "open_stocktake",
    "printed_now",
    "receive",
    "register_facility",
    "rename_facility",
    "reopen",
    "resume_operating_license",
    "revoke_operating_license",
    "split",
    "succeed",
    "suspend_operating_license",
    "take_out",
    "transfer",
    "withdraw_succession",
    "write_counts",
]
