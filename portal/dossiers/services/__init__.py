"""Every write of dossiers that has a consequence."""

from portal.dossiers.services.appraising import Conclusion, Minutes, keep_minutes
from portal.dossiers.services.deciding import (
    decide,
    lay_out_for_service,
    require_signer,
    take_from_service,
)
from portal.dossiers.services.filing import (
    Needed,
    Saved,
    file_dossier,
    needed_documents,
    open_by_authority,
)
from portal.dossiers.services.moving import (
    accept,
    appraise,
    hand_to,
    note_down,
    propose,
    recount,
    require_handler,
    send_back,
    send_for_verification,
    verification_came,
    waive,
    withdraw,
)
from portal.dossiers.services.supplements import Asked, answer, ask_supplement, go_on
from portal.dossiers.services.uploading import drop_file, keep_file

__all__ = [
    "Asked",
    "Conclusion",
    "Minutes",
    "Needed",
    "Saved",
    "accept",
    "answer",
    "appraise",
    "ask_supplement",
    "decide",
    "drop_file",
    "file_dossier",
    "go_on",
    "hand_to",
    "keep_file",
    "keep_minutes",
    "lay_out_for_service",
    "needed_documents",
    "note_down",
    "open_by_authority",
    "propose",
    "recount",
    "require_handler",
    "require_signer",
    "send_back",
    "send_for_verification",
    "take_from_service",
    "verification_came",
    "waive",
    "withdraw",
]
