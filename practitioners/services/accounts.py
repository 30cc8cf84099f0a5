"""Say which account is which practitioner, and since when no more."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from practitioners.models import Practitioner, PractitionerAccount


@transaction.atomic
def link_account(
    *, actor: Any, practitioner: Practitioner, user: Any, on: date
) -> PractitionerAccount:
    """Link a practitioner of the register with the account they log in with."""
    row = PractitionerAccount(practitioner=practitioner, user=user, valid_from=on, linked_by=actor)
    row.full_clean()
    row.save(force_insert=True)
    return row


@transaction.atomic
def unlink_account(*, actor: Any, practitioner: Practitioner, on: date) -> PractitionerAccount:
    """End the link of a practitioner with an account; what was signed keeps its answer."""
    rows = PractitionerAccount.objects.select_for_update()
    row = rows.filter(practitioner=practitioner, valid_until=None).first()
    if row is None:
        raise ValidationError(
            _("This practitioner is linked to no account."), code="account_not_linked"
        )
    row.valid_until = max(on, row.valid_from)
    row.save(update_fields=["valid_until"])
    return row
