"""What every act on a licence has in common: it is about a person of the register."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from typing_extensions import override

from portal.dossiers.acts import Act, Filing
from portal.dossiers.models import Dossier
from portal.dossiers.services.filing import filing_of
from practitioners.acts.facts import knows
from practitioners.acts.known import is_same
from practitioners.acts.papers import license_url
from practitioners.models import PractitionerAccount
from practitioners.querysets import holding_on


class OfPerson(Act):
    """An act on the licence of a practitioner, or of somebody who asks for a first one."""

    @override
    def knows(self, filing: Filing, subject: UUID | None, fact: str) -> str:
        return knows(filing, subject, fact)

    @override
    def is_about(self, actor: Any, dossier: Dossier) -> bool:
        """Ask the account's practitioner; one not known by a number is known by name and birth."""
        rows = PractitionerAccount.objects.filter(holding_on(timezone.localdate()), user=actor)
        own = rows.select_related("practitioner").first()
        if own is None:
            return False
        if dossier.subject is not None:
            return bool(own.practitioner_id == dossier.subject)
        return is_same(own.practitioner, filing_of(dossier))

    @override
    def result_url(self, dossier: Dossier) -> str:
        return license_url(dossier)
