"""What do those who look after people's rights find in the demo: an opening, consents, a request?"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import uuid5

from django.utils import timezone

from config.demo.people import NAMESPACE
from config.demo.places import Places
from healthrecords.models import CareAccess, Citizen, Consent, DataRequest
from healthrecords.services import break_glass, open_access
from healthrecords.services.consents import ConsentEntry, record_consent
from healthrecords.services.requests import RequestEntry, complete_request, receive_request
from healthrecords.services.restrictions import propose_lift
from portal.accounts.models import User
from portal.accounts.roles import Role

ANSWERS = (("reminders", "given"), ("research", "refused"), ("images", "given"))


def settle_protection(places: Places, users: Mapping[str, User], *, at: datetime) -> None:
    """Let people be asked, ask something, be restricted, and a record be opened in an emergency."""
    clerk, doctor = users[Role.STATION_CLERK], users[Role.HOSPITAL_DOCTOR]
    people = Citizen.objects.filter(home_station=places.station, origin="card").order_by("id")
    chosen = list(people[:2])
    if not chosen:
        return
    citizen, *others = chosen
    _restrict(places, users, others, at=at)
    open_access(user=clerk, citizen=citizen, at=at)
    on = timezone.localdate(at)
    for purpose, answer in ANSWERS:
        key = uuid5(NAMESPACE, f"consent {purpose}")
        if Consent.objects.filter(client_key=key).exists():
            continue
        entry = ConsentEntry(
            purpose=purpose,
            answer=answer,
            giver="self",
            channel="paper",
            proof="Phiếu lưu tại trạm, tập 2026",
            given_on=on - timedelta(days=3),
        )
        record_consent(
            actor=clerk,
            citizen=citizen,
            facility=places.station,
            entry=entry,
            client_key=key,
            at=at,
        )
    _ask(places, clerk, citizen, at=at)
    if not CareAccess.objects.filter(user=doctor, ground=CareAccess.Ground.GLASS).exists():
        reason = "Đưa đến cấp cứu, không tỉnh táo, cần biết bệnh nền và thuốc đang dùng"
        break_glass(user=doctor, citizen=citizen, reason=reason, at=at - timedelta(hours=5))


def _restrict(
    places: Places, users: Mapping[str, User], people: Iterable[Citizen], *, at: datetime
) -> None:
    """Let a person's processing be restricted, and the end of it wait for the head's decision."""
    clerk, head = users[Role.STATION_CLERK], users[Role.STATION_HEAD]
    on = timezone.localdate(at)
    for citizen in people:
        key = uuid5(NAMESPACE, "restriction")
        if DataRequest.objects.filter(client_key=key).exists():
            return
        open_access(user=clerk, citizen=citizen, at=at)
        entry = RequestEntry(
            kind="restrict",
            asked="Đề nghị hạn chế xử lý cho đến khi sửa xong số đo huyết áp bị ghi nhầm",
            asker="self",
            channel="in_person",
            identity_proof="Thẻ căn cước",
            received_on=on - timedelta(days=12),
        )
        asked = receive_request(
            actor=clerk,
            citizen=citizen,
            facility=places.station,
            entry=entry,
            client_key=key,
            at=at,
        ).row
        day = on - timedelta(days=10)
        answer = "Đã hạn chế; cơ sở đang kiểm tra số đo."
        complete_request(actor=head, request=asked, on=day, answer=answer, at=at)
        propose_lift(
            actor=users[Role.AUDITOR],
            restriction=asked,
            reason="Số đo ghi nhầm đã được sửa và ký lại; lý do hạn chế không còn.",
            on=on - timedelta(days=1),
            at=at,
        )


def _ask(places: Places, clerk: User, citizen: Citizen, *, at: datetime) -> None:
    key = uuid5(NAMESPACE, "request")
    if DataRequest.objects.filter(client_key=key).exists():
        return
    entry = RequestEntry(
        kind="copy",
        asked="Bản tóm tắt hồ sơ năm nay để đi khám ở Hà Nội",
        asker="self",
        channel="in_person",
        identity_proof="Thẻ căn cước",
        received_on=timezone.localdate(at) - timedelta(days=1),
    )
    receive_request(
        actor=clerk,
        citizen=citizen,
        facility=places.station,
        entry=entry,
        client_key=key,
        at=at,
    )
