"""A renewal is judged by the rules of the day it was filed on, whatever the law says later."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.codelists.models import CodeListVersion
from portal.codelists.services import Edition, publish_version
from portal.codelists.tables import Row
from portal.places.models import Organisation
from practitioners import services
from practitioners.defects import licenses_of_registered
from practitioners.due import of_license
from practitioners.models import PracticeLicense
from practitioners.practising import Verdict, may_practise
from practitioners.public.facts import facts_of
from practitioners.rules import rules_on
from practitioners.states import State
from tests.practitioners.given import World
from tests.practitioners.law import AT, day, give_license, load_law, make_person, register, when

CHANGED_ON = day("01/07/2028")
AFTER = day("20/07/2028")  # the term of the licence ended on 14/07/2028


@pytest.fixture
def world(hospital: Organisation, station: Organisation) -> World:
    load_law()
    world = World(hospital, station)
    give_license(world.who, expires="14/07/2028")
    world.registered()
    return world


def rule_becomes(days: int) -> None:
    """Let another version of the rules ask for so many days between filing and the last day."""
    former = CodeListVersion.objects.select_related("code_list").get(
        code_list__key="practice_rules"
    )
    rows = [
        Row(
            code.code,
            code.title,
            attributes={**code.attributes, "value": str(days)}
            if code.code == "renewal_filing"
            else code.attributes,
        )
        for code in former.codes.all()
    ]
    edition = Edition(CHANGED_ON, "Luật sửa đổi", digest=f"{days} ngày")
    publish_version(code_list=former.code_list, rows=rows, edition=edition)


def filed(license: PracticeLicense, on: str) -> None:
    services.file_renewal(actor=None, license=license, on=day(on), at=AT)


def verdict(world: World) -> Verdict:
    asked = [when("20/07/2028 09:00")]
    return may_practise(practitioner=world.who, facility=world.here, moments=asked).verdict


def test_a_stricter_rule_of_later_takes_no_renewal_filed_in_time_its_force(world: World) -> None:
    filed(world.license, "10/05/2028")  # 65 days before, when 60 were asked for
    rule_becomes(90)
    assert verdict(world) == Verdict.YES
    assert facts_of([world.who.pk], AFTER)[world.who.pk].state == State.RENEWING
    assert list(licenses_of_registered(AFTER)) == []
    rules, license = rules_on(AFTER), world.license
    found = of_license(license, license.standing_on(AFTER, rules), rules, AFTER)
    assert [due.code for due in found] == ["renewal_waits"]


@pytest.mark.parametrize(("on", "days"), [("20/05/2028", 30), ("02/07/2028", 90)])
def test_a_renewal_filed_late_by_the_rules_of_its_day_stays_late(
    world: World, on: str, days: int
) -> None:
    filed(world.license, on)
    rule_becomes(days)
    assert verdict(world) == Verdict.NO
    assert facts_of([world.who.pk], AFTER)[world.who.pk].state == State.EXPIRED
    assert [row.code for row in licenses_of_registered(AFTER)] == ["license_unusable"]


def test_a_renewal_filed_under_the_new_rule_is_judged_by_it(world: World) -> None:
    rule_becomes(10)
    filed(world.license, "03/07/2028")
    assert verdict(world) == Verdict.YES


def test_the_rules_of_all_other_days_take_one_query(world: World) -> None:
    filed(world.license, "10/05/2028")
    rule_becomes(90)
    facts_of([world.who.pk], AFTER)
    with CaptureQueriesContext(connection) as one:
        facts_of([world.who.pk], AFTER)
    people = [world.who.pk]
    for number in range(5):
        who = make_person(f"Lò Văn {'ABCDE'[number]}")
        license = give_license(who, f"00200{number}/ĐB-GPHN", expires="14/07/2028")
        register(who, world.here)
        filed(license, f"0{number + 1}/05/2028")
        people.append(who.pk)
    with CaptureQueriesContext(connection) as many:
        found = facts_of(people, AFTER)
    assert {facts.state for facts in found.values()} == {State.RENEWING}
    assert len(many) == len(one)
