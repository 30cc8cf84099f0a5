"""What do those who look after people's rights find in the demo: an opening, consents, a request?"""

from datetime import datetime, timedelta
from uuid import uuid5

from django.utils import timezone

from config.demo.people import NAMESPACE
from config.demo.places import Places
from healthrecords.models import CareAccess, Citizen, Consent, DataRequest
from healthrecords.services import break_glass, open_access
from healthrecords.services.consents import ConsentEntry, record_consent
from healthrecords.services.requests import RequestEntry, receive_request
from portal.accounts.models import User

ANSWERS = (("reminders", "given"), ("research", "refused"), ("images", "given"))


def settle_protection(places: Places, clerk: User, doctor: User, *, at: datetime) -> None:
    """Let one person be asked, ask something, and have the record opened in an emergency."""
    people = Citizen.objects.filter(home_station=places.station, origin="card").order_by("id")
    citizen = people.first()
    if citizen is None:
        return
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
