"""What is done again and again: numbers looked for once more, names counted, twins searched."""

from django.utils import timezone

from healthrecords.services.known_names import count_names as count_all_names
from healthrecords.services.namings import resolve_waiting
from healthrecords.services.renewing import ask_again
from healthrecords.services.sweeps import gather_late_rows, sweep
from portal.jobs import job


@job(periodic="*/10 * * * *", queueing_lock="resolve_namings")
def resolve_namings(timestamp: int | None = None) -> int:
    """Find whose the waiting numbers are, now that the registers have grown."""
    return resolve_waiting(at=timezone.now())


@job(periodic="40 2 * * *", queueing_lock="count_names")
def count_names(timestamp: int | None = None) -> int:
    """Count how many bear each name and word: what is rare weighs more when somebody is sought."""
    return count_all_names()


@job(periodic="0 16 * * *", queueing_lock="ask_population_again")  # 23:00 in Vietnam
def ask_population_again(timestamp: int | None = None) -> int:
    """Ask the population database again about people whom it spoke of too long ago."""
    return ask_again(at=timezone.now())


@job(periodic="30 18 * * *", queueing_lock="search_for_twins")  # 01:30 in Vietnam, cron is in UTC
def search_for_twins(timestamp: int | None = None) -> int:
    """Compare the whole register; a night that was cut short goes on where it stopped."""
    gather_late_rows()
    return sweep(at=timezone.now()).found
