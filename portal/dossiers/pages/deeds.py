"""What can be done to a dossier, under which address, by whom?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from portal.dossiers import desk_forms as forms
from portal.dossiers.models import Dossier
from portal.dossiers.states import Deed, State, allows
from portal.scope import scope_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

DECIDES = "decide_licenses"


@dataclass(frozen=True, slots=True)
class DeedPage:
    """One deed: the end of its address, its words, what it asks; ``is_quick`` asks nothing."""

    slug: str
    deed: Deed
    label: StrOrPromise
    form: type[forms.DossierForm]
    done: StrOrPromise
    icon: str = "pen"
    is_quick: bool = False
    is_main: bool = False
    is_signers: bool = False
    is_danger: bool = False
    explanation: StrOrPromise = ""
    template: str = "dossiers/deed.html"
    only_in: State | None = None  # where a deed that fits every state makes sense

    def may(self, actor: Any, dossier: Dossier) -> bool:
        """Say whether somebody who deals with the dossier may do this to it now."""
        if not allows(dossier.state, self.deed) or self.only_in not in {None, dossier.state}:
            return False
        if self.deed == Deed.ASK and dossier.opened_by == Dossier.OpenedBy.AUTHORITY:
            return False  # nobody filed it, so nobody answers
        return not self.is_signers or dossier.authority_id in scope_of(actor, DECIDES)


_PAGES = (
    DeedPage(
        "du-ho-so", Deed.ACCEPT, _("Complete, start the clock"), forms.AcceptForm,
        _("The dossier is complete; its clock runs since the last document came in."),
        icon="ok", is_quick=True, is_main=True,
    ),
    DeedPage(
        "tham-dinh", Deed.APPRAISE, _("Begin the appraisal"), forms.AppraiseForm,
        _("The dossier is under appraisal."), icon="search", is_quick=True, is_main=True,
    ),
    DeedPage(
        "trinh-ky", Deed.PROPOSE, _("Put up for signature"), forms.ProposeForm,
        _("The proposal waits for its signature."), icon="pen", is_main=True,
        explanation=_("The proposal goes to whoever signs for the authority."),
    ),
    DeedPage(
        "bo-sung", Deed.ASK, _("Ask for a supplement"), forms.AskForm,
        _("The supplement is asked for; the clock stands until it comes."), icon="flag",
        explanation=_("Ask for everything at once. The applicant reads each word; the clock stands until the answer."),
        template="dossiers/ask.html",
    ),
    DeedPage(
        "di-tiep", Deed.GO_ON, _("Go on without the supplement"), forms.GoOnForm,
        _("The dossier goes on; the clock runs."), icon="next",
    ),
    DeedPage(
        "xac-minh", Deed.VERIFY, _("Have foreign papers verified"), forms.VerifyForm,
        _("The clock stands until the result of the verification."), icon="shield",
    ),
    DeedPage(
        "ket-qua-xac-minh", Deed.VERIFIED, _("Enter the result of the verification"),
        forms.VerifiedForm, _("The result is entered; the clock runs."), icon="shield", is_main=True,
    ),
    DeedPage(
        "tra-lai", Deed.SEND_BACK, _("Send back to appraisal"), forms.SendBackForm,
        _("The dossier is back in appraisal."), icon="swap", is_signers=True,
    ),
    DeedPage(
        "nhan-viec", Deed.TAKE, _("Take it myself"), forms.TakeForm,
        _("The dossier is with you."), icon="user", is_quick=True,
    ),
    DeedPage(
        "giao", Deed.TAKE, _("Hand to a colleague"), forms.HandForm,
        _("The dossier was handed on."), icon="next",
    ),
    DeedPage(
        "mien-giay", Deed.NOTE, _("Document not needed"), forms.WaiveForm,
        _("The document is not asked for any more."), icon="shield",
    ),
    DeedPage(
        "bien-ban", Deed.NOTE, _("Minutes of the appraisal"), forms.MinutesForm,
        _("The minutes are with the dossier."), icon="file", only_in=State.APPRAISAL,
        explanation=_("The signed minutes stand with the papers; the applicant may open them."),
    ),
    DeedPage("ghi-chu", Deed.NOTE, _("Note"), forms.NoteForm, _("The note is kept."), icon="doc"),
    DeedPage(
        "rut", Deed.WITHDRAW, _("Withdrawn by the applicant"), forms.WithdrawnForm,
        _("The dossier is withdrawn."), icon="off", is_danger=True,
    ),
)  # fmt: skip
PAGES: Mapping[str, DeedPage] = {deed.slug: deed for deed in _PAGES}


def possible(actor: Any, dossier: Dossier) -> list[DeedPage]:
    """Return what somebody who deals with a dossier may do to it now."""
    found = [deed for deed in _PAGES if deed.may(actor, dossier)]
    if dossier.assigned_to_id == actor.pk:
        found = [deed for deed in found if deed.slug != "nhan-viec"]
    return found
