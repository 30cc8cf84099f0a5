"""What protects people: glass, consents, requests, holds and disposals, here and out of sight."""

from datetime import date, timedelta

from healthrecords.models import (
    CareAccess,
    Citizen,
    Consent,
    DataRequest,
    DisposalItem,
    DisposalList,
    LegalHold,
)
from portal.accounts.roles import Role
from portal.codelists.models import CodeList, CodeListVersion
from portal.places.models import Organisation
from tests.conftest import SINCE
from tests.walking.rows.healthrecords import AT, here_and_far
from tests.walking.world import World, literal, names

names("consent_id", "healthrecords.consent")
literal("purpose", "research")


def _glass(world: World, citizen: Citizen, place: Organisation) -> CareAccess:
    return CareAccess.objects.create(
        user=world.users["stranger"],
        citizen=citizen,
        organisation=place,
        ground="glass",
        reason=f"cấp cứu {citizen.name}",
        opened_at=AT,
        until=AT + timedelta(hours=4),
        review_due_on=date(2026, 11, 12),
    )


def _consent(world: World, citizen: Citizen, place: Organisation) -> Consent:
    purposes, _new = CodeList.objects.get_or_create(key="walked", defaults={"title": "Mục đích"})
    version, _new = CodeListVersion.objects.get_or_create(
        code_list=purposes, valid_from=SINCE, defaults={"legal_basis": "thử", "digest": "0" * 64}
    )
    return Consent.objects.create(
        citizen=citizen,
        facility=place,
        purpose="research",
        list_version=version,
        text="Tôi đồng ý.",
        answer="given",
        giver="self",
        channel="paper",
        proof=f"giấy của {citizen.name}",
        given_on=SINCE,
        recorded_by=world.users[Role.STATION_CLERK],
        recorded_at=AT,
    )


def _request(world: World, citizen: Citizen, place: Organisation) -> DataRequest:
    return DataRequest.objects.create(
        citizen=citizen,
        facility=place,
        kind="copy",
        asked=f"bản sao của {citizen.name}",
        asker="self",
        channel="in_person",
        identity_proof="thẻ căn cước",
        received_on=date(2026, 11, 5),
        received_by=world.users[Role.STATION_CLERK],
        received_at=AT,
        reply_due_on=date(2026, 11, 9),
        due_on=date(2026, 11, 15),
    )


def _hold(world: World, citizen: Citizen, place: Organisation) -> LegalHold:
    return LegalHold.objects.create(
        citizen=citizen,
        facility=place,
        reason=f"tranh chấp của {citizen.name}",
        basis="Công văn 12",
        placed_on=date(2026, 11, 5),
        placed_by=world.users[Role.STATION_HEAD],
        placed_at=AT,
    )


def _disposal(world: World, citizen: Citizen, place: Organisation) -> DisposalList:
    decided = DisposalList.objects.filter(facility=place).exists()
    proposal = DisposalList.objects.create(
        facility=place,
        cut_on=date(2026, 11, 5),
        reason=f"kiểm kê {citizen.name}",
        proposed_on=date(2026, 11, 5),
        proposed_by=world.users[Role.STATION_HEAD],
        **(
            {
                "decided_on": date(2026, 11, 6),
                "decided_by": world.users[Role.AUDITOR],
                "is_approved": False,
                "minutes": "không",
            }
            if decided
            else {}
        ),
    )
    DisposalItem.objects.create(
        disposal_list=proposal,
        citizen=citizen,
        retention_class="personal_record",
        legal_basis="TT33/2025/TT-BYT",
        died_on=date(2010, 1, 1),
        kept_until=date(2020, 1, 1),
    )
    return proposal


MAKERS = {
    "healthrecords.careaccess": _glass,
    "healthrecords.consent": _consent,
    "healthrecords.datarequest": _request,
    "healthrecords.disposallist": _disposal,
    "healthrecords.legalhold": _hold,
}


for _label, _make in MAKERS.items():
    here_and_far(_label, _make)
