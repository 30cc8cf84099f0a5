"""Practice by emergency is looked at by somebody else than who practised or recorded it."""

import pytest
from django.core.exceptions import ValidationError

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from tests.practitioners.given import World
from tests.practitioners.law import AT, day, load_law, when


@pytest.mark.parametrize("is_holder", [True, False], ids=["who practised", "who recorded it"])
def test_nobody_looks_at_their_own_emergency(
    is_holder: bool,
    hospital: Organisation,
    station: Organisation,
    licensing_officer: User,
    second_officer: User,
) -> None:
    load_law()
    world = World(hospital, station)
    world.doctor()
    own = licensing_officer if is_holder else second_officer
    world.who.accounts.create(user=licensing_officer, valid_from=day("01/01/2026"))
    row = services.practise_by_emergency(
        actor=second_officer,
        practitioner=world.who,
        facility=hospital,
        moments=[when("01/11/2026 02:00")],
        emergency=services.Emergency("Ngừng tuần hoàn"),
        at=AT,
    )
    with pytest.raises(ValidationError) as refused:
        services.review_emergency(actor=own, override=row, note="Đúng là cấp cứu", at=AT)
    assert refused.value.code == "own_review"
    row.refresh_from_db()
    assert row.reviewed_by is None
    colleague = User.objects.create(username="hau-kiem", full_name="Lò Thị Kiểm")
    services.review_emergency(actor=colleague, override=row, note="Đúng là cấp cứu", at=AT)
    row.refresh_from_db()
    assert (row.reviewed_by, row.review_note) == (colleague, "Đúng là cấp cứu")
