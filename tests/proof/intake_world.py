"""Deeds done from outside on a database of its own, each in a process of its own.

Run as ``python -m tests.proof.intake_world DEED ...`` with DATABASE_URL set.
"""

import asyncio
import os
import sys
import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from procrastinate.contrib.django import app  # noqa: E402

from portal.codelists.loader import load_lists  # noqa: E402
from portal.database.context import acting  # noqa: E402
from portal.intake import jobs, services  # noqa: E402
from portal.intake.models import Batch  # noqa: E402
from portal.jobs import retry_stalled_jobs  # noqa: E402
from portal.places import services as places  # noqa: E402
from portal.places.models import Area, Organisation  # noqa: E402
from tests.intake.sending import visit, workbook  # noqa: E402

AT = datetime(2026, 11, 5, 9, 12, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
SINCE = date(2025, 7, 1)


def furnish() -> None:
    """A province with one hospital, and the code lists."""
    load_lists()
    province = Area.objects.create(
        kind="province", code="11", name="Tỉnh Điện Biên", unit="tỉnh", valid_from=SINCE
    )
    commune = Area.objects.create(
        kind="commune", code="03181", name="Xã Mường Chà", unit="xã", parent=province, valid_from=SINCE
    )  # fmt: skip
    hospital = places.create_organisation(
        name="Bệnh viện Đa khoa tỉnh Điện Biên",
        kind="hospital",
        parent=None,
        area=commune,
        valid_from=SINCE,
    )
    places.give_code(organisation=hospital, scheme="insurance", value="11001", valid_from=SINCE)


def rows(count: int):
    """Visits of two to a person, some with something wrong in them."""
    for number in range(count):
        person = number // 2
        yield visit(
            MA_LK=f"K-{number:06d}",
            HO_TEN=f"Lò Văn {'ABCDĐEGHIK'[person % 10]}n",
            SO_CCCD=f"0110{50 + person % 50}{person:06d}",
            NGAY_SINH=f"{1 + person % 28:02d}/08/19{50 + person % 50}",
            MA_THE_BHYT=f"HT2{person:012d}",
            DIEN_THOAI=f"09{person:08d}",
            NHIET_DO="nóng" if number % 97 == 0 else "36.8",
            MA_BENH_CHINH="X99.Z" if number % 89 == 0 else "J18.9",
        )


def send(count: str) -> None:
    """A file arrives, and its reading is enqueued; prints the batch."""
    batch = services.receive_file(
        actor=None,
        sent=services.Sent("KCB.xlsx", [workbook(rows(int(count)))]),
        kind="visits",
        organisation=Organisation.objects.get(identifiers__value="11001"),
        at=AT,
    )
    jobs.enqueue_reading(batch)
    sys.stdout.write(str(batch.pk))


def confirm() -> None:
    """The one batch is confirmed, and its writing enqueued."""
    batch = services.confirm_batch(actor=None, batch=Batch.objects.get(), at=AT)
    jobs.enqueue_writing(batch)


def heal() -> None:
    """Do what the periodic job does, once the dead worker has been silent for long enough."""
    time.sleep(settings.STALLED_AFTER)

    async def run() -> None:
        async with app.open_async():
            await retry_stalled_jobs(0)

    asyncio.run(run())


DEEDS = {"furnish": furnish, "send": send, "confirm": confirm, "heal": heal}

if __name__ == "__main__":
    with acting(command="proof"):
        DEEDS[sys.argv[1]](*sys.argv[2:])
