"""Every write on practitioners that has a consequence."""

from practitioners.services.accounts import link_account, unlink_account
from practitioners.services.assigning import (
    give_profile,
    hold_profile,
    release_profile,
    reviewers_of,
    take_many,
    take_profile,
)
from practitioners.services.evidence import keep_evidence, stored_evidence
from practitioners.services.review import (
    OvertakenError,
    return_profile,
    verify_all_passing,
    verify_item,
    verify_profile,
)
from practitioners.services.submit import Sending, submit_profile, submit_profiles
from practitioners.services.training import (
    TrainingEntry,
    confirm_training,
    declare_training,
    record_training,
    refuse_training,
)

__all__ = [
    "OvertakenError",
    "Sending",
    "TrainingEntry",
    "confirm_training",
    "declare_training",
    "give_profile",
    "hold_profile",
    "keep_evidence",
    "link_account",
    "record_training",
    "refuse_training",
    "release_profile",
    "return_profile",
    "reviewers_of",
    "stored_evidence",
    "submit_profile",
    "submit_profiles",
    "take_many",
    "take_profile",
    "unlink_account",
    "verify_all_passing",
    "verify_item",
    "verify_profile",
]
