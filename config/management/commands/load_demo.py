"""How does an empty database become the demo province: `manage.py load_demo`?"""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from typing_extensions import override

from config.demo.dossiers import settle_dossiers
from config.demo.facilities import settle_facilities
from config.demo.history import settle_history
from config.demo.identity import settle_identity
from config.demo.learnt import settle_learnt
from config.demo.logins import settle_logins
from config.demo.past import settle_past, settle_standings, unmeasured_tables
from config.demo.people import demo_plan, settle_people, settle_queue, settle_twins
from config.demo.places import settle
from config.demo.practitioners import settle_practitioners
from config.demo.protection import settle_protection
from config.demo.quality import settle_quality
from config.demo.reports import settle_reports
from config.demo.sent import settle_sent
from config.demo.signing import settle_signing
from config.demo.training import settle_training
from healthrecords.population.plan import PopulationError
from portal.accounts.roles import Role
from portal.database.context import acting


class Command(BaseCommand):
    help = "Load the demo province; a second run changes nothing, other people are never touched."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with acting(command="load_demo"), transaction.atomic():
                self.load(timezone.now())
        except PopulationError as error:
            raise CommandError(str(error)) from error

    def load(self, at: datetime) -> None:
        """Settle places, people, accounts, today's queue and practitioners, in this order."""
        on = timezone.localdate(at)
        places = settle()
        people = settle_people(demo_plan(places, on))
        settle_twins(at=at)
        users = settle_logins(places, Path(settings.STATE_DIR), on=on)
        settle_queue(places, users[Role.STATION_CLERK], users[Role.STATION_CLINICIAN], at=at)
        settle_identity(places, users[Role.STATION_CLERK], Path(settings.STATE_DIR), at=at)
        settle_history(places, users[Role.STATION_CLERK], at=at)
        settle_protection(places, users, at=at)
        profiles = settle_practitioners(places, users, at=at)
        settle_signing(places, users, at=at)
        settle_dossiers(places, users, at=at)
        settle_learnt(users, at=at)
        settle_training(users, at=at)
        settle_facilities(places, users, at=at)
        with unmeasured_tables():
            settle_past(at=at)
            settle_reports(places, users, at=at)
            settle_sent(places, users[Role.STATISTICIAN], at=at)
            settle_quality(at=at)
            settle_standings(at=at)
        self.stdout.write(
            _("Demo: %(people)s people and %(profiles)s practitioners new.")
            % {"people": people, "profiles": profiles}
        )
