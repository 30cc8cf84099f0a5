"""Every write on practitioners that has a consequence."""

from practitioners.services.accounts import link_account, unlink_account
from practitioners.services.answers import answer_change, confirm_profile
from practitioners.services.assigning import (
    give_profile,
    hold_profile,
    release_profile,
    reviewers_of,
    take_many,
    take_profile,
)
from practitioners.services.bans import confirm_ban, drop_ban, propose_ban, propose_end
from practitioners.services.cases import drop_case, drop_cases, extend_side, open_cases, state_side
from practitioners.services.changing import add_technique, change_hours, complete_registration
from practitioners.services.conduct import Penalty, record_sanction
from practitioners.services.deciding import decide_case
from practitioners.services.duties import Done, confirm_duty, drop_duty, duty_of, record_duty
from practitioners.services.emergencies import (
    Emergency,
    emergency_of,
    practise_by_emergency,
    review_emergency,
)
from practitioners.services.evidence import keep_evidence, mark_page, stored_evidence
from practitioners.services.identity import put_identity_right
from practitioners.services.joining import (
    ask_to_join,
    ask_to_part,
    carry_out_joining,
    carry_out_parting,
    drop_joining,
    keep_joined,
)
from practitioners.services.learning import (
    Diploma,
    Period,
    Sitting,
    Spoken,
    record_diploma,
    record_examination,
    record_period,
    record_speciality,
    register_language,
)
from practitioners.services.leaving import (
    announce_leaving,
    end_registration,
    leave_facility,
    left_beside,
    not_begun,
)
from practitioners.services.license_events import Decision
from practitioners.services.licenses import Paper, amend_license, issue_license, paper_of
from practitioners.services.measures import (
    Measure,
    last_day_kept,
    lift_suspension,
    reinstate_license,
    require_suspension_length,
    revoke_license,
    suspend_license,
)
from practitioners.services.practical_training import (
    Contract,
    Ward,
    add_rotation,
    begin_practical_training,
    complete_practical_training,
)
from practitioners.services.registrations import (
    Assignment,
    Post,
    Stay,
    announce_registration,
    assign_technique,
    register_person,
    set_hours,
)
from practitioners.services.renewals import file_renewal, refuse_renewal
from practitioners.services.review import (
    OvertakenError,
    return_profile,
    verify_all_passing,
    verify_item,
    verify_profile,
)
from practitioners.services.sources import attach_paper
from practitioners.services.submit import Sending, submit_profile, submit_profiles
from practitioners.services.trainees import Trainee, register_trainee
from practitioners.services.training import (
    TrainingEntry,
    confirm_training,
    declare_training,
    record_training,
    refuse_training,
)

__all__ = [
    "Assignment",
    "Contract",
    "Decision",
    "Diploma",
    "Done",
    "Emergency",
    "Measure",
    "OvertakenError",
    "Paper",
    "Penalty",
    "Period",
    "Post",
    "Sending",
    "Sitting",
    "Spoken",
    "Stay",
    "Trainee",
    "TrainingEntry",
    "Ward",
    "add_rotation",
    "add_technique",
    "amend_license",
    "announce_leaving",
    "announce_registration",
    "answer_change",
    "ask_to_join",
    "ask_to_part",
    "assign_technique",
    "attach_paper",
    "begin_practical_training",
    "carry_out_joining",
    "carry_out_parting",
    "change_hours",
    "complete_practical_training",
    "complete_registration",
    "confirm_ban",
    "confirm_duty",
    "confirm_profile",
    "confirm_training",
    "decide_case",
    "declare_training",
    "drop_ban",
    "drop_case",
    "drop_cases",
    "drop_duty",
    "drop_joining",
    "duty_of",
    "emergency_of",
    "end_registration",
    "extend_side",
    "file_renewal",
    "give_profile",
    "hold_profile",
    "issue_license",
    "keep_evidence",
    "keep_joined",
    "last_day_kept",
    "leave_facility",
    "left_beside",
    "lift_suspension",
    "link_account",
    "mark_page",
    "not_begun",
    "open_cases",
    "paper_of",
    "practise_by_emergency",
    "propose_ban",
    "propose_end",
    "put_identity_right",
    "record_diploma",
    "record_duty",
    "record_examination",
    "record_period",
    "record_sanction",
    "record_speciality",
    "record_training",
    "refuse_renewal",
    "refuse_training",
    "register_language",
    "register_person",
    "register_trainee",
    "reinstate_license",
    "release_profile",
    "require_suspension_length",
    "return_profile",
    "review_emergency",
    "reviewers_of",
    "revoke_license",
    "set_hours",
    "state_side",
    "stored_evidence",
    "submit_profile",
    "submit_profiles",
    "suspend_license",
    "take_many",
    "take_profile",
    "unlink_account",
    "verify_all_passing",
    "verify_item",
    "verify_profile",
]
