"""May somebody be given a new licence in this case, as their licence and bans stand? (Law 15/2023/QH15)"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from practitioners.acts.known import current_license, refuse
from practitioners.models import PracticeBan, PracticeLicense
from practitioners.querysets import holding_on
from practitioners.states import USABLE, State

# In which states of the licence somebody has each case applies; None is a person without one.
# An expired licence cannot be renewed any more (article 32): its holder begins anew.
FOUNDING = frozenset({None, State.EXPIRED})
APPLIES: dict[str, frozenset[State | None]] = {
    "title": frozenset({*USABLE, State.EXPIRED}),
    "revoked": frozenset({State.REVOKED}),
}


def require_no_ban(person: UUID | None, on: date) -> None:
    """Refuse to license somebody whom a decision bars from practising on a day (article 20)."""
    if person is None:
        return
    ban = PracticeBan.objects.filter(holding_on(on), practitioner=person).first()
    if ban is None:
        return
    until = f"{ban.valid_until:%d/%m/%Y}" if ban.valid_until else _("a day not yet decided")
    refuse(
        "person_barred",
        _(
            "Decision %(number)s of %(decided)s bars this person from practising until %(until)s;"
            " until then no licence can be issued (Law 15/2023/QH15, article 20)."
        ),
        number=ban.decision_no,
        decided=f"{ban.decided_on:%d/%m/%Y}",
        until=until,
    )


def require_case(person: UUID | None, case: str, title: str, on: date) -> None:
    """Refuse a case of a new licence that does not apply to the licence somebody has on a day."""
    license = current_license(person) if person is not None else None
    state = license.state_on(on) if license is not None else None
    if state not in APPLIES.get(case, FOUNDING):
        _refuse_case(license, state, case)
    if case == "title" and license is not None and license.title == title:
        refuse(
            "title_unchanged",
            _(
                "Licence %(number)s is for this professional title already; choose the title you are"
                " asking to change to."
            ),
            number=license.number_raw,
        )


def _refuse_case(license: PracticeLicense | None, state: State | None, case: str) -> None:
    if license is None or state is None:
        refuse(
            "license_none",
            _(
                "The register has no licence for the person of this personal number, name and birth"
                " date; this case needs one. Compare all three with the licence, or choose a first issue."
            ),
        )
    if state == State.REVOKED:
        refuse(
            "license_revoked",
            _(
                "Licence %(number)s was revoked. Choose the case of a licence after a revocation; it"
                " needs the decision that revoked it."
            ),
            number=license.number_raw,
        )
    if state in USABLE and case not in APPLIES:
        refuse(
            "license_held",
            _(
                "The register has licence %(number)s for this person; a person has one licence."
                " Ask for a re-issue, a renewal or an adjustment of it."
            ),
            number=license.number_raw,
        )
    refuse(
        "license_state",
        _("Licence %(number)s is: %(state)s. This case does not apply to it."),
        number=license.number_raw,
        state=state.label,
    )
