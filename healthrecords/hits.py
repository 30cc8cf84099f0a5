"""How is a found person listed: who it is, where from, and why this one was found?"""

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from healthrecords.banner import age_of
from healthrecords.finding import Found, Page
from healthrecords.models import Citizen, CitizenIdentifier
from portal.audit.reads import note
from portal.dates import PartialDate
from portal.identifiers import NameQuery
from portal.site.finder import Hit, Hits, Understood
from portal.site.home import Chip


def listed(
    request: HttpRequest,
    page: Page,
    *,
    query: str,
    birth: PartialDate | None = None,
    title: str = "",
) -> Hits | None:
    """List a page of people, and note that they were shown."""
    if not page.people:
        return None
    people = [found.citizen for found in page.people]
    note(request, [citizen.pk for citizen in people], action="listed", ground="search")
    on, numbers = timezone.localdate(), _numbers_of(people)
    hits = [
        Hit(
            title=found.citizen.name,
            url=reverse("admin:healthrecords_citizen_change", args=[found.citizen.pk]),
            about=f"{found.citizen.get_sex_display()}, {age_of(found.citizen, on)}, {found.citizen.birth}",
            place=_place_of(found.citizen),
            number=numbers.get(found.citizen.pk, ""),
            state=_why(found, birth),
        )
        for found in page.people
    ]
    after = urlencode({"q": query, "after": people[-1].pk}) if page.has_more else ""
    read = _("Read as “%(name)s”: keys of the input method stood in the name.")
    return Hits(
        title or _("People"),
        hits,
        next_url=f"{reverse('admin:finder')}?{after}" if after else "",
        about=read % {"name": page.spelt} if page.spelt else "",
    )


def _place_of(citizen: Citizen) -> str:
    parts = (citizen.address, citizen.area.name if citizen.area else "")
    return ", ".join(part for part in parts if part)


def _numbers_of(people: Sequence[Citizen]) -> dict[object, str]:
    """Return a personal number of each: of people with one name it tells them apart."""
    rows = CitizenIdentifier.objects.filter(citizen__in=people, kind="personal", ended_on=None)
    found = rows.order_by("is_verified", "-id").values_list("citizen", "value")
    return dict(found)


def _why(found: Found, birth: PartialDate | None) -> Chip | None:
    """Say why somebody stands in the list whose name is not simply the one that was typed."""
    if found.number:
        return Chip("ok", "ok", found.number)
    if found.why == "other_birth":
        return Chip("warn", "cal", _("Other date of birth"))
    if found.why == "former_name":
        return Chip("warn", "info", _("Bore this name before"))
    born = _born(found.citizen, birth) if birth is not None else ""
    if found.why == "guess":
        return Chip("warn", "search", f"{_('Similar name')}, {born}" if born else _("Similar name"))
    return Chip("ok", "ok", born[:1].upper() + born[1:]) if born else None


def _born(citizen: Citizen, birth: PartialDate) -> str:
    if birth.is_full and citizen.birth_precision == Citizen.Precision.DAY:
        return _("born on that day")
    if birth.month and citizen.birth_precision != Citizen.Precision.YEAR:
        return _("born in that month")
    return _("born in that year")


def understood(name: NameQuery) -> Understood:
    """Say how a name was read that nobody has, and what else can be typed."""
    words = {"name": name.name, "birth": str(name.birth or "")}
    text = (
        _("It was read as the name “%(name)s”, born %(birth)s; slips of typing were tried too.")
        if name.birth is not None
        else _("It was read as the name “%(name)s”; slips of typing were tried too.")
    )
    return Understood(text % words, list(_tips(name)))


def _tips(name: NameQuery) -> Iterable[str]:
    if name.birth is not None and name.birth.is_full:
        yield _("Type the year of birth alone, or the name alone: the date may be kept otherwise.")
    if len(name.name.split()) > 2:
        yield _("Type fewer words: the given name and one more, in any order.")
    yield _("Type the phone, the personal number or the number of the insurance card.")
    yield _(
        "People who are cared for elsewhere only are found by their exact number, not by a name."
    )
