"""Every write on practitioners that has a consequence."""

from practitioners.services.accounts import link_account, unlink_account
from practitioners.services.answers import answer_change, confirm_profile
from practitioners.services.evidence import keep_evidence, stored_evidence
from practitioners.services.review import (
    OvertakenError,
    return_profile,
    verify_all_passing,
    verify_item,
    verify_profile,
)
from practitioners.services.submit import submit_profile
from practitioners.services.training import (
    TrainingEntry,
    confirm_training,
    declare_training,
    record_training,
    refuse_training,
)

__all__ = [
    "OvertakenError",
    "TrainingEntry",
    "answer_change",
    "confirm_profile",
    "confirm_training",
    "declare_training",
    "keep_evidence",
    "link_account",
    "record_training",
    "refuse_training",
    "return_profile",
    "stored_evidence",
    "submit_profile",
    "unlink_account",
    "verify_all_passing",
    "verify_item",
    "verify_profile",
]
