"""Which way does a dossier go, and what may be done to it where it stands?"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Where a dossier stands."""

    RECEIVED = "received", pgettext_lazy("dossier", "Received, completeness to be checked")
    COMPLETE = "complete", pgettext_lazy("dossier", "Complete, waits for appraisal")
    APPRAISAL = "appraisal", pgettext_lazy("dossier", "Under appraisal")
    SUPPLEMENT = "supplement", pgettext_lazy("dossier", "Waits for the applicant's supplement")
    VERIFICATION = "verification", pgettext_lazy("dossier", "Foreign papers are being verified")
    SIGNATURE = "signature", pgettext_lazy("dossier", "Waits for signature")
    GRANTED = "granted", pgettext_lazy("dossier", "Granted")
    REFUSED = "refused", pgettext_lazy("dossier", "Refused with written reason")
    WITHDRAWN = "withdrawn", pgettext_lazy("dossier", "Withdrawn")


class Clock(models.TextChoices):
    """What the statutory clock of a dossier does."""

    WAITING = "waiting", pgettext_lazy("clock", "starts when the dossier is complete")
    RUNNING = "running", pgettext_lazy("clock", "running")
    STOPPED = "stopped", pgettext_lazy("clock", "stopped")
    ENDED = "ended", pgettext_lazy("clock", "ended")


class Deed(models.TextChoices):
    """What was done to a dossier."""

    RECEIVE = "receive", pgettext_lazy("dossier", "filed, receipt given")
    OPEN = "open", pgettext_lazy("dossier", "opened by the authority")
    TAKE = "take", pgettext_lazy("dossier", "handed to")
    ACCEPT = "accept", pgettext_lazy("dossier", "found complete, the clock runs")
    APPRAISE = "appraise", pgettext_lazy("dossier", "taken into appraisal")
    ASK = "ask", pgettext_lazy("dossier", "supplement asked, the clock stops")
    ANSWER = "answer", pgettext_lazy("dossier", "supplement handed in")
    GO_ON = "go_on", pgettext_lazy("dossier", "gone on without the supplement")
    VERIFY = "verify", pgettext_lazy("dossier", "foreign papers sent for verification")
    VERIFIED = "verified", pgettext_lazy("dossier", "result of the verification came")
    PROPOSE = "propose", pgettext_lazy("dossier", "put up for signature")
    SEND_BACK = "send_back", pgettext_lazy("dossier", "sent back to appraisal")
    GRANT = "grant", pgettext_lazy("dossier", "signed: granted")
    REFUSE = "refuse", pgettext_lazy("dossier", "signed: refused")
    WITHDRAW = "withdraw", pgettext_lazy("dossier", "withdrawn by the applicant")
    RECOUNT = "recount", pgettext_lazy("dossier", "counted anew with the calendar of holidays")
    NOTE = "note", pgettext_lazy("dossier", "noted")


OPEN_STATES = (
    State.RECEIVED,
    State.COMPLETE,
    State.APPRAISAL,
    State.SUPPLEMENT,
    State.VERIFICATION,
    State.SIGNATURE,
)
ENDS = (State.GRANTED, State.REFUSED, State.WITHDRAWN)
_ANYWHERE: Mapping[Deed, State | None] = {
    Deed.TAKE: None,
    Deed.NOTE: None,
    Deed.RECOUNT: None,
    Deed.WITHDRAW: State.WITHDRAWN,
}
# Where each deed leads; None stays where it is. What is not written here is refused.
WAYS: Mapping[State, Mapping[Deed, State | None]] = {
    State.RECEIVED: {
        **_ANYWHERE,
        Deed.ACCEPT: State.COMPLETE,
        Deed.ASK: State.SUPPLEMENT,
    },
    State.COMPLETE: {
        **_ANYWHERE,
        Deed.APPRAISE: State.APPRAISAL,
        Deed.ASK: State.SUPPLEMENT,
    },
    State.APPRAISAL: {
        **_ANYWHERE,
        Deed.ASK: State.SUPPLEMENT,
        Deed.VERIFY: State.VERIFICATION,
        Deed.PROPOSE: State.SIGNATURE,
    },
    State.SUPPLEMENT: {
        **_ANYWHERE,
        Deed.ANSWER: State.APPRAISAL,  # back to the check where the clock has not begun
        Deed.GO_ON: State.APPRAISAL,
    },
    State.VERIFICATION: {**_ANYWHERE, Deed.VERIFIED: State.APPRAISAL},
    State.SIGNATURE: {
        **_ANYWHERE,
        Deed.SEND_BACK: State.APPRAISAL,
        Deed.GRANT: State.GRANTED,
        Deed.REFUSE: State.REFUSED,
    },
    State.GRANTED: {},
    State.REFUSED: {},
    State.WITHDRAWN: {},
}


def allows(state: str, deed: Deed) -> bool:
    """Say whether a deed can be done to a dossier in a state."""
    return deed in WAYS[State(state)]
