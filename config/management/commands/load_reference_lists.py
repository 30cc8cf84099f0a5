"""Load what every deployment starts from: code lists, areas, holidays."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from typing_extensions import override

from portal.codelists.holidays import load_holidays
from portal.codelists.loader import SHIPPED, load_lists
from portal.places.loader import load_areas
from reporting.definitions import load_definitions
from reporting.quality.loading import load_rules


class Command(BaseCommand):
    help = "Load the shipped code lists, areas and holidays; a second run changes nothing."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lists", type=Path, default=SHIPPED, help="directory of the lists")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        lists = load_lists(options["lists"])
        self.stdout.write(
            _("Code lists: %(new)s new, %(mended)s corrected, %(unchanged)s unchanged.")
            % {"new": lists.new, "mended": lists.mended, "unchanged": lists.unchanged}
        )
        forms = load_definitions()
        self.stdout.write(
            _("Report forms: %(new)s new, %(mended)s corrected, %(unchanged)s unchanged.")
            % {"new": forms.new, "mended": forms.mended, "unchanged": forms.unchanged}
        )
        areas = load_areas()
        self.stdout.write(
            _("Areas: %(new)s rows new, %(changed)s changed.")
            % {"new": areas.new, "changed": areas.changed}
        )
        days = load_holidays()
        self.stdout.write(_("Holidays: %(days)s new.") % {"days": days})
        rules = load_rules()
        self.stdout.write(
            _("Rules of data quality: %(new)s new, %(mended)s corrected, %(unchanged)s unchanged.")
            % {"new": rules.new, "mended": rules.mended, "unchanged": rules.unchanged}
        )
