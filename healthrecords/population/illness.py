"""What do people come to a commune station with, at which age, and what are they given?

Frequencies are the authors' reading of station registers (A1): colds first, then blood pressure,
stomach, back, diabetes. Codes that the loaded list lacks are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# First year of each age band.
BANDS = (0, 1, 6, 16, 40, 60)
FEVER, BREATH, PRESSURE, SUGAR, GROWTH = "f", "b", "p", "s", "g"


@dataclass(frozen=True, slots=True)
class Illness:
    """A main diagnosis, how frequent it is in each age band, and what goes with it."""

    code: str
    reason: str
    bands: tuple[float, ...]
    sex: str = ""
    marks: str = ""
    medicines: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def band_of(age: int) -> int:
    """Return the age band of an age in years."""
    return sum(age >= first for first in BANDS) - 1


# code | reason | per band | sex | marks | medicine:per day:days ... | other codes
_ACUTE = """
J06.9 | Ho, sổ mũi, sốt nhẹ | 30 34 26 14 10 8 | | f | paracetamol-250-sach:3:3 paracetamol-500-tab:2:3 vitamin-c-500-tab:2:5 | R50.9
J02.9 | Đau họng, sốt | 6 9 13 9 6 4 | | f | paracetamol-500-tab:2:3 amoxicilin-500-cap:3:5 | R05
J00 | Sổ mũi, hắt hơi | 12 10 7 4 2 2 | | | natri-clorid-0.9-drop:3:5 |
J03.9 | Đau họng, nuốt vướng | 2 5 8 5 2 1 | | f | amoxicilin-500-cap:3:7 paracetamol-500-tab:2:3 |
J20.9 | Ho có đờm, sốt | 9 9 6 5 6 7 | | fb | amoxicilin-500-cap:3:7 acetylcystein-200-sach:3:5 | J06.9
J18.9 | Sốt, ho, thở nhanh | 5 3 1 0.6 0.9 2 | | fb | amoxicilin-clavulanic-625-tab:2:7 |
J21.9 | Khò khè, bú kém | 6 2 0 0 0 0 | | fb | |
J45.9 | Khó thở, khò khè | 0.5 2 2 1 1.2 1.6 | | b | salbutamol-100-inh:2:30 |
J44.9 | Khó thở khi gắng sức | 0 0 0 0 1.2 3 | | b | salbutamol-100-inh:2:30 | J20.9
J30.4 | Hắt hơi, ngứa mũi | 0 2 4 4 3 2 | | | loratadin-10-tab:1:10 |
J11.1 | Sốt, đau mỏi người | 1 3 5 5 3 2 | | f | paracetamol-500-tab:3:3 |
B34.9 | Sốt | 4 6 4 3 2 1 | | f | paracetamol-250-sach:3:3 |
A09.9 | Tiêu chảy | 8 7 4 3 2.4 2 | | | ors-4.1-sach:3:3 zinc-20-tab:1:10 | E86
K29.7 | Đau thượng vị, ợ chua | 0 0 2 9 11 8 | | | omeprazol-20-cap:1:14 antacid-sach:3:7 | K21.9
K21.9 | Ợ nóng, ợ chua | 0 0 0.4 3 4 3 | | | omeprazol-20-cap:1:28 | K29.7
K30 | Đầy bụng, khó tiêu | 1 1 2 3 3 3 | | | domperidon-10-tab:3:5 |
K59.0 | Táo bón | 2 3 1 1 1 2 | | | sorbitol-5g-sach:2:5 |
K02.9 | Đau răng | 0 2 6 3 2 1 | | | paracetamol-500-tab:2:3 amoxicilin-500-cap:3:5 |
K12.0 | Nhiệt miệng | 1 2 2 1 1 0.5 | | | vitamin-c-500-tab:2:5 |
M54.5 | Đau thắt lưng | 0 0 0.3 8 11 9 | | | meloxicam-7.5-tab:1:7 eperison-50-tab:2:7 | M17.9
M54.2 | Đau vai gáy | 0 0 0 4 6 4 | | | paracetamol-500-tab:2:5 eperison-50-tab:2:7 | M54.5
M17.9 | Đau khớp gối | 0 0 0 1 6 11 | | | paracetamol-500-tab:2:10 calci-d3-tab:1:30 | M54.5
M13.9 | Đau, sưng khớp | 0 0 0.3 1 2 3 | | | ibuprofen-400-tab:2:5 |
M10.9 | Đau, sưng ngón chân cái | 0 0 0 0.6 1.6 1.8 | male | | colchicin-1-tab:1:5 |
G44.2 | Đau đầu | 0 0 2 5 5 4 | | p | paracetamol-500-tab:2:3 |
G47.0 | Mất ngủ | 0 0 0 1.6 4 6 | | p | |
H81.9 | Chóng mặt | 0 0 0.2 2.4 4 6 | | p | betahistin-16-tab:2:7 |
R51 | Nhức đầu | 0 0 2 2 2 2 | | p | paracetamol-500-tab:2:3 |
R53 | Mệt mỏi | 0.3 0.5 1 2 3 4 | | p | vitamin-3b-tab:2:10 |
R10.4 | Đau bụng | 1 2 3 2.4 2 2 | | | alverin-40-cap:2:3 |
L30.9 | Ngứa, đỏ da | 3 3 3 3 2.6 2.6 | | | betamethason-cream:2:7 loratadin-10-tab:1:7 |
L50.9 | Nổi mẩn ngứa | 1 2 2.4 3 2 1.4 | | | cetirizin-10-tab:1:5 |
L02.9 | Mụn nhọt | 1 2 2 1.6 1 0.8 | | | cefalexin-500-cap:3:5 povidon-10-sol:2:5 |
B35.9 | Ngứa, mảng tròn ở da | 0 1 2 2 2 1.6 | | | clotrimazol-1-cream:2:14 |
B36.0 | Lang ben | 0 0 1 1.4 0.6 0.2 | | | ketoconazol-2-cream:2:14 |
B86 | Ngứa về đêm | 0.6 1.6 2 0.8 0.4 0.4 | | | permethrin-5-cream:1:1 |
B82.0 | Tẩy giun | 0 4 4 1 0.6 0.4 | | | albendazol-400-tab:1:1 |
B08.4 | Nổi bọng nước tay, chân, miệng | 2 4 0.3 0 0 0 | | f | paracetamol-150-sach:3:3 |
B01.9 | Nổi bọng nước, sốt nhẹ | 0.6 1.6 2 0.5 0 0 | | f | aciclovir-200-tab:4:5 |
A97.9 | Sốt cao, đau mỏi người | 0.2 0.8 1.6 1.4 0.8 0.4 | | f | paracetamol-500-tab:3:3 ors-27.9-sach:1:3 |
H10.9 | Đỏ mắt, ra gỉ mắt | 2 2.6 2.4 1.6 1.4 1.2 | | | cloramphenicol-0.4-eye:4:5 |
H66.9 | Đau tai | 2 3 1.4 0.6 0.4 0.4 | | f | amoxicilin-500-cap:3:7 |
H25.9 | Nhìn mờ | 0 0 0 0 0.5 3 | | | |
N39.0 | Tiểu buốt, tiểu rắt | 0.2 0.3 0.5 2.4 2 2 | | | ciprofloxacin-500-tab:2:5 |
N30.0 | Tiểu buốt | 0 0 0.2 2 1.4 1 | female | | ciprofloxacin-500-tab:2:3 |
N76.0 | Ra khí hư | 0 0 0.1 4 2.4 0.6 | female | | metro-neo-nys-vag:1:10 |
N92.6 | Rối loạn kinh nguyệt | 0 0 0.3 2 1.4 0 | female | | |
N40 | Tiểu đêm nhiều lần | 0 0 0 0 0.8 3.4 | male | | |
Z34.9 | Khám thai | 0 0 0 9 0.3 0 | female | p | ferrous-folic-tab:1:30 calci-d3-tab:1:30 |
Z30.4 | Lĩnh thuốc tránh thai | 0 0 0 2.4 0.6 0 | female | | levonorgestrel-ee-tab:1:28 |
Z30.5 | Kiểm tra vòng tránh thai | 0 0 0 0.9 0.6 0 | female | | |
Z27.8 | Tiêm chủng trẻ em | 34 8 0.3 0 0 0 | | g | |
Z00.1 | Cân đo, theo dõi tăng trưởng | 10 5 0 0 0 0 | | g | |
Z23.5 | Tiêm phòng uốn ván | 0 0.2 0.5 1.4 0.5 0.3 | | | |
Z00.0 | Khám sức khỏe | 0 0 2 2.4 3 5 | | p | |
Z02.7 | Xin giấy khám sức khỏe | 0 0 2 3 0.8 0.1 | | p | |
S61.0 | Đứt tay | 0.2 1 2 2.4 2 1.2 | | | povidon-10-sol:1:5 |
S91.3 | Giẫm phải đinh | 0 0.6 1.4 1 0.8 0.4 | | | povidon-10-sol:1:5 | Z23.5
S93.4 | Trẹo chân | 0 0.2 1.6 1.4 0.9 0.6 | | | ibuprofen-400-tab:2:3 |
T14.1 | Vết thương do ngã | 0.4 1.4 2 1.6 1.2 1 | | | povidon-10-sol:1:5 |
T14.0 | Xây xát do ngã xe | 0.2 1 2 1.8 1 0.7 | | | povidon-10-sol:1:3 |
Z48.0 | Thay băng, cắt chỉ | 0.2 0.8 1.2 1.4 1.2 1 | | | |
T30.0 | Bỏng nước sôi | 0.3 0.9 0.5 0.4 0.3 0.2 | | | silver-sulfadiazin-1-cream:1:7 |
T63.4 | Ong đốt | 0.1 0.5 0.6 0.5 0.5 0.4 | | | loratadin-10-tab:1:3 |
Z20.3 | Chó cắn | 0.1 0.8 1 0.7 0.6 0.4 | | | |
A15.0 | Ho kéo dài, sụt cân | 0 0 0.03 0.1 0.16 0.25 | | b | |
B24 | Lĩnh thuốc theo hẹn | 0 0 0 0.25 0.12 0 | | | cotrimoxazol-480-tab:2:28 |
F41.9 | Lo lắng, hồi hộp | 0 0 0.1 0.7 0.9 0.7 | | p | |
F20.9 | Lĩnh thuốc theo hẹn | 0 0 0 0.3 0.4 0.3 | | | haloperidol-1.5-tab:2:28 |
G40.9 | Lĩnh thuốc theo hẹn | 0 0.1 0.2 0.3 0.3 0.2 | | | phenobarbital-100-tab:1:28 |
"""
_CHRONIC = """
I10 | Khám tăng huyết áp theo hẹn | 0 0 0 0.6 20 46 | | p | amlodipin-5-tab:1:28 losartan-50-tab:1:28 | E78.5 I25.9 E11.9
E11.9 | Khám đái tháo đường theo hẹn | 0 0 0 0.3 6 12 | | ps | metformin-500-tab:2:28 gliclazid-30-tab:1:28 | I10 E78.5
J44.9 | Khám COPD theo hẹn | 0 0 0 0 1.4 4 | | b | salbutamol-100-inh:2:28 | I10
J45.9 | Khám hen theo hẹn | 0 0 1 1 1 1.2 | | b | salbutamol-100-inh:2:28 |
M17.9 | Đau khớp gối theo hẹn | 0 0 0 0 2 5 | | | paracetamol-500-tab:2:14 calci-d3-tab:1:28 | M54.5
"""


def read(lines: str) -> list[Illness]:
    """Read the table above."""
    return [_illness(line.split("|")) for line in lines.strip().splitlines()]


def _illness(cells: Sequence[str]) -> Illness:
    code, reason, bands, sex, marks, medicines, others = (
        cell.strip() for cell in [*cells, "", ""][:7]
    )
    weights = tuple(map(float, bands.split()))
    return Illness(
        code, reason, weights, sex, marks, tuple(medicines.split()), tuple(others.split())
    )


ACUTE, CHRONIC = read(_ACUTE), read(_CHRONIC)


def by_band_and_sex(
    illnesses: Sequence[Illness], known: Mapping[str, object]
) -> dict[tuple[int, str], list[tuple[Illness, float]]]:
    """Return what is to be drawn for each band and sex, of codes the loaded list knows."""
    return {
        (band, sex): [
            (illness, illness.bands[band])
            for illness in illnesses
            if illness.code in known and illness.sex in {"", sex} and illness.bands[band]
        ]
        for band in range(len(BANDS))
        for sex in ("male", "female")
    }
