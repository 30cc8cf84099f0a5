"""Who may log in to the demo, and with which password made for this computer alone?"""

import json
import secrets
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils import translation

from config.demo.places import SINCE, Places
from config.state import write_private
from portal.accounts import services
from portal.accounts.models import Assignment, User
from portal.accounts.roles import Role
from portal.places.models import Organisation

FILE = "demo_logins.json"
CAST = (
    (Role.STATION_CLERK, "duyen", "Lường Thị Duyên", "station"),
    (Role.STATION_CLINICIAN, "hung", "Đỗ Quang Hưng", "station"),
    (Role.STATION_HEAD, "pao", "Giàng A Páo", "station"),
    (Role.HOSPITAL_DATA_OFFICER, "hoa", "Trần Thị Hoa", "hospital"),
    (Role.HOSPITAL_DOCTOR, "nam", "Nguyễn Hoàng Nam", "hospital"),
    (Role.LICENSING_OFFICER, "minh", "Nguyễn Văn Minh", "department"),
    (Role.STATISTICIAN, "lan", "Quàng Thị Lan", "department"),
    (Role.EPIDEMIOLOGIST, "tuan", "Phạm Anh Tuấn", "department"),
    (Role.OVERSEER, "son", "Lê Hồng Sơn", "ministry"),
    (Role.AUDITOR, "kiem", "Vũ Thị Kiểm", "ministry"),
    (Role.SYSTEM_ADMINISTRATOR, "quantri", "Bùi Thanh Quản", "ministry"),
)
SYLLABLES = [
    "an",
    "ban",
    "bong",
    "cam",
    "canh",
    "cay",
    "chim",
    "chuong",
    "co",
    "cua",
    "dao",
    "den",
    "diep",
    "dong",
    "gao",
    "gio",
    "hat",
    "hoa",
    "hong",
    "khoai",
    "la",
    "lac",
    "lam",
    "lua",
    "mai",
    "may",
    "men",
    "mit",
    "mo",
    "mua",
    "muong",
    "nang",
    "ngo",
    "nui",
    "nuoc",
    "ong",
    "pha",
    "quat",
    "que",
    "rau",
    "rung",
    "sao",
    "sen",
    "song",
    "suoi",
    "tam",
    "than",
    "thung",
    "tre",
    "trang",
    "trau",
    "tuyet",
    "vang",
    "vuon",
    "xoan",
    "xuan",
    "yen",
]


def settle_logins(places: Places, state: Path, *, on: date) -> dict[str, User]:
    """Make one account per role and note the passwords; a second time nothing is changed.

    Where the note was lost, the passwords are made anew.
    """
    path = state / FILE
    users = {
        role: _account(role, username, name, getattr(places, place), on)
        for role, username, name, place in CAST
    }
    noted = set()
    if path.exists():
        noted = {row["username"] for row in json.loads(path.read_text("utf-8"))}
    lost = any(user.username not in noted for user in users.values())
    if lost or not all(user.has_usable_password() for user in users.values()):
        _note_passwords(places, users, path)
    return {str(role): user for role, user in users.items()}


def _account(role: Role, username: str, name: str, place: Organisation, on: date) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User.objects.create_user(username, None, full_name=name)
    if not Assignment.objects.filter(user=user, role=role, organisation=place).exists():
        services.give_role(
            actor=None, user=user, role=role, organisation=place, valid_from=SINCE, today=on
        )
    return user


def _note_passwords(places: Places, users: dict[Role, User], path: Path) -> None:
    rows = []
    for role, username, _name, place in CAST:
        password = make_password()
        users[role].set_password(password)
        users[role].save(update_fields=["password", "password_changed_at"])
        with translation.override("vi"):
            label = str(role.label)
        organisation: Organisation = getattr(places, place)
        rows.append(
            {"role": label, "username": username, "password": password, "place": organisation.name}
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = json.dumps(rows, ensure_ascii=False, indent=1)
    # A note of passwords that were never stored would lock everybody out.
    transaction.on_commit(lambda: write_private(path, content))


def make_password() -> str:
    """Return a password that can be read from one screen and typed at another."""
    words = [secrets.choice(SYLLABLES) for _n in range(4)]
    return "-".join([*words, str(secrets.randbelow(90) + 10)])
