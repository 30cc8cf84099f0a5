"""The demo province is complete, invented, and loaded once."""

import json
import stat
from datetime import date
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from facilities.models import Facility, FacilityName
from healthrecords.models import Citizen, TwinCase, Visit
from portal.accounts.models import Assignment, User
from portal.accounts.roles import Role
from portal.codelists.loader import load_lists
from portal.places.loader import load_areas
from portal.places.models import Catchment, Organisation
from portal.scope import scope_of
from practitioners.models import Practitioner, ProfileSubmission

TABLES = ("citizen", "visit", "diagnosis", "careaccess", "citizenidentifier", "twincase")


@pytest.fixture
def lists(db: None, settings, tmp_path: Path) -> Path:
    settings.STATE_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"
    load_lists()
    load_areas()
    return tmp_path


def load(capture) -> None:
    with capture(execute=True):
        call_command("load_demo", verbosity=0)


def counts() -> dict[str, int]:
    health = {t: apps.get_model("healthrecords", t).objects.count() for t in TABLES}
    return health | {
        "users": User.objects.count(),
        "assignments": Assignment.objects.count(),
        "organisations": Organisation.objects.count(),
        "profiles": ProfileSubmission.objects.count(),
        "practitioners": Practitioner.objects.count(),
        "history": apps.get_model("pghistory", "context").objects.count(),
    }


def test_the_demo_is_whole_and_a_second_loading_changes_nothing(
    lists: Path, django_capture_on_commit_callbacks
) -> None:
    load(django_capture_on_commit_callbacks)
    kinds = list(Organisation.objects.values_list("kind", flat=True))
    assert (kinds.count("station"), kinds.count("hospital"), kinds.count("clinic")) == (45, 1, 1)
    assert Catchment.objects.count() == 45
    assert Facility.objects.count() == FacilityName.objects.filter(kind="official").count() == 47
    written_twice = Citizen.objects.count() - 3_000
    assert written_twice == 45
    assert TwinCase.objects.open().count() > 30
    assert Visit.objects.filter(entered_by__username="duyen", status="in_progress").count() == 3
    states = list(ProfileSubmission.objects.values_list("state", flat=True))
    assert {state: states.count(state) for state in set(states)} == {
        "verified": 84,
        "submitted": 26,  # one says what a station says otherwise, one bears another licence
        "returned": 12,
    }
    assert ProfileSubmission.objects.filter(evidence=None).count() == 0

    note = lists / "demo_logins.json"
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    rows = json.loads(note.read_text("utf-8"))
    assert len(rows) == len(Role) == 11
    for row in rows:
        user = authenticate(username=row["username"], password=row["password"])
        assert user is not None, row["username"]
        assert row["place"] == user.place_of_work.name
    clerk = User.objects.get(username="duyen")
    assert len(scope_of(clerk, "enter_records").ids) == 1
    assert scope_of(User.objects.get(username="son"), "view_figures").everything

    before, noted = counts(), note.read_text("utf-8")
    load(django_capture_on_commit_callbacks)
    assert counts() == before
    assert note.read_text("utf-8") == noted

    note.unlink()
    load(django_capture_on_commit_callbacks)
    again = {row["username"]: row["password"] for row in json.loads(note.read_text("utf-8"))}
    assert authenticate(username="duyen", password=again["duyen"]) == clerk


def test_the_demo_never_comes_among_other_people(lists: Path) -> None:
    Citizen.objects.create(name="Người có thật", birth_date=date(1980, 2, 3), sex="female")
    with pytest.raises(CommandError):
        call_command("load_demo", verbosity=0)
    assert Citizen.objects.count() == 1
    assert not User.objects.exists()
    assert not Organisation.objects.exists()
    assert not (lists / "demo_logins.json").exists()
