"""Many clicks at one form, two forms of one person: one dossier, one receipt number."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from portal.database.keys import uuid7
from portal.dossiers import services
from portal.dossiers.models import Dossier, Number
from tests.beside import Beside
from tests.dossiers.conftest import NEW_PAPERS, NOON, PDF

pytestmark = pytest.mark.django_db(transaction=True)


def sent(keys: list[Any], filing: Any) -> list[Beside]:
    """Send forms at the same moment, each with its papers; return what became of each."""
    for key in set(keys):
        for code in NEW_PAPERS:
            services.keep_file(
                client_key=key, document_code=code, content=PDF + code.encode(), name="a", at=NOON
            )

    def once(key: Any) -> Beside:
        return Beside(lambda: services.file_dossier(filing=filing, client_key=key, at=NOON))

    besides = [once(key) for key in keys]
    for beside in besides:
        beside.start()
    for beside in besides:
        beside.join(30)
    return besides


def test_one_form_pressed_four_times_at_once_is_filed_once(filing: Any, register: Any) -> None:
    key = uuid7()
    besides = sent([key] * 4, filing())
    assert [beside.error for beside in besides] == [None] * 4
    assert Dossier.objects.get().files.count() == len(NEW_PAPERS)
    assert Number.objects.count() == 1
    assert len(register.done) == 1


def test_two_forms_for_one_act_of_one_person_at_once_leave_one_dossier(
    filing: Any, register: Any
) -> None:
    besides = sent([uuid7() for _n in range(4)], filing(identifier="011096000012"))
    refused = [beside.error for beside in besides if beside.error is not None]
    assert [type(error) for error in refused] == [ValidationError] * 3
    assert {error.code for error in refused if isinstance(error, ValidationError)} == {
        "filed_already"
    }
    assert Dossier.objects.count() == 1
