"""Protect what was stored before places and plain names protected: “Phòng khám HIV”, “bệnh lậu”, “b20”.

What 0048 did, once more with the words of this update: visits, reports, procedures and attachments of
a facility whose name betrays; the codes that people write in small letters; the codes in the words of
papers and of signed versions. Nothing becomes more open, and no word is changed.
"""

from importlib import import_module

from django.db import migrations

before = import_module("healthrecords.migrations.0048_what_betrays_is_protected")
# The lists are loaded after the migrations: what this update's say beside what 0048 knows.
NEW = {
    "hiv": "h.i.v;sida;si đa;prep;suy giảm miễn dịch mắc phải;-sĩ đã;-đồ sida;-hàng sida;"
    "-quần áo sida;-hàng si đa;-quần áo si đa;-sida rhombifolia;-sida acuta;-thin prep;"
    "-bowel prep;-colon prep;-alcohol prep;-prep pad",
    "mental": "tâm thần;trầm cảm;loạn thần;rối loạn lưỡng cực;rối loạn cảm xúc lưỡng cực;"
    "rối loạn hoang tưởng;giai đoạn hưng cảm;cơn hưng cảm;rối loạn nhân cách;rối loạn lo âu;"
    "nghiện ma túy;nghiện heroin;-tâm thần kinh;-loạn thần kinh;-tâm thần vận động;"
    "-tâm thần: bình thường;-tâm thần: chưa phát hiện;-tâm thần: chưa ghi nhận;"
    "-tâm thần: không phát hiện;-tâm thần: không ghi nhận;-tâm thần: không có gì đặc biệt;"
    "-không bệnh tâm thần;-không có bệnh tâm thần;-không mắc bệnh tâm thần;"
    "-không có tiền sử tâm thần;-không có tiền sử bệnh tâm thần;-không ai bị tâm thần;"
    "-không ai bị bệnh tâm thần;-không ai mắc bệnh tâm thần;-không trầm cảm;"
    "-không có trầm cảm;-không loạn thần;-không có loạn thần;-trung tâm;-tâm thận bất giao;"
    "-hội chứng tâm thận;-tâm than đau;-tâm than mệt;-tâm than phiền;-tâm than khó;"
    "-tâm than chóng;-loan than đau;-loan than mệt;-loan than phiền;-loan than khó;"
    "-loan than chóng;tự tử;tự sát;tự hại;tự vẫn;-từ từ;-từ hai;-tư vấn;-vào tủ sắt;"
    "-tủ sắt đổ;-tủ sắt đè;-tủ sắt rơi",
    "reproductive": "bệnh lậu;lậu cầu;song cầu lậu;vi khuẩn lậu;nhiễm lậu;mắc lậu;do lậu;điều trị lậu;"
    "sùi mào gà;herpes sinh dục;trùng roi âm đạo;bệnh hoa liễu;bệnh lây qua đường tình dục;"
    "bệnh lây truyền qua đường tình dục;nhiễm trùng lây qua đường tình dục;-bệnh lâu;"
    "-lau cầu;-nhiễm lâu;-mắc lâu;-do lâu;-điều trị lâu;-chị giang mai;-anh giang mai;"
    "-bà giang mai;-dì giang mai;-cô giáo giang mai;-bác sĩ giang mai;-bs giang mai;"
    "-y sĩ giang mai;-tên giang mai;-tên là giang mai;vô sinh;hiếm muộn;-gây vô sinh;"
    "-nguy cơ vô sinh;-dẫn đến vô sinh;-vợ sinh con;-vợ sinh em;-vợ sinh bé;-vợ sinh cháu;"
    "-vợ sinh đôi;-vợ sinh mổ;-vợ sinh thường;-vợ sinh non;-vợ sinh khó;-vợ sinh được;"
    "-vợ sinh ngày;-vợ sinh tháng;-vợ sinh lần;-vợ sinh ở;-vợ sinh tại;-vợ sinh xong;"
    "-nghỉ vợ sinh;-chăm vợ sinh;hiếp dâm;cưỡng hiếp;xâm hại tình dục;lạm dụng tình dục;"
    "tấn công tình dục;bạo lực tình dục",
    "tb": "lao hạch;lao màng phổi;lao màng não;lao màng bụng;lao màng tim;lao phúc mạc;lao kê;"
    "lao hô hấp;lao đường hô hấp;lao hệ thần kinh;lao bàng quang;lao bẩm sinh;lao ruột;"
    "lao xương;lao khớp;lao cột sống;lao thanh quản;lao thận;lao tiết niệu;lao sinh dục;"
    "lao ngoài phổi;lao sơ nhiễm;lao tiềm ẩn;lao kháng thuốc;lao đa kháng;lao cũ;hạch lao;"
    "hạch do lao;khớp do lao;màng phổi do lao;màng não do lao;màng bụng do lao;bệnh lao;"
    "mắc lao;nhiễm lao;nghi lao;theo dõi lao;điều trị lao;tiền sử lao;di chứng lao;"
    "di chứng do lao;vi khuẩn lao;trực khuẩn lao;thuốc kháng lao;phòng khám lao;"
    "bệnh viện lao;-giả lao khớp;-lao động;-lao lực;-lao xuống;-phòng bệnh lao;"
    "-tiếp xúc người bệnh lao: không;-phòng chống bệnh lao;-ngừa bệnh lao;-bệnh lão khoa;"
    "-điều trị lão khoa;-phòng khám lão khoa;-bệnh viện lão khoa;-lào cai;-lao chải;-lao bảo",
}
SHIPPED = {kind: f"{words};{NEW[kind]}" for kind, words in before.SHIPPED.items()}
MORE = r"""
CREATE OR REPLACE FUNCTION pg_temp.coded(told text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN told ~ '[A-Z][0-9][0-9]|b2[0-4]' THEN (
    SELECT pg_temp.strictest(array_agg(known.class))
    FROM regexp_matches(told,
      '(?<![[:alnum:]_.])(?:[A-Z][0-9]{2}|b2[0-4])(?:\.[0-9]{1,2})?(?![[:alnum:]_])', 'g') found
    CROSS JOIN LATERAL upper(replace(found[1], '.', '')) code
    JOIN betraying_codes known ON left(code, length(known.first)) COLLATE "C" >= known.first
      AND left(code, length(known.last)) COLLATE "C" <= known.last
  ) ELSE '' END
$$;
CREATE TEMP TABLE telling ON COMMIT DROP AS
SELECT * FROM (SELECT id, pg_temp.betrayed(name) AS class FROM places_organisation) place
WHERE class <> '';
"""
FOUND = f"""{before.FOUND}
  UNION ALL
  SELECT visit.id, telling.class
  FROM healthrecords_visit visit JOIN telling ON telling.id = visit.facility_id
"""
OF_PLACES = "(SELECT telling.class FROM telling WHERE telling.id = row.facility_id)"
WRITTEN = (
    *("diagnosis", "diagnosis_in", "treatment", "note", "course", "results", "signs", "state"),
    *("plan", "pregnancy_ended_why", "child_state"),
)
SAID = ", ".join(f"content ->> '{name}'" for name in WRITTEN)
OF_PAPERS = f"pg_temp.coded(concat_ws(' | ', {SAID}))"
OF_VERSIONS = """
UPDATE healthrecords_visitversion version SET sensitivity = found.class
FROM (
  SELECT id, pg_temp.coded(content) AS class FROM healthrecords_visitversion
  WHERE visit_id IN (SELECT visit_id FROM touched)
) found
WHERE version.id = found.id AND found.class <> ''
  AND pg_temp.stricter(found.class, version.sensitivity)
"""
STATEMENTS = before.statements(
    before.words(SHIPPED) + MORE,
    FOUND,
    *(
        before.by_class(table, OF_PLACES)
        for table in ("diagnosticreport", "procedure", "attachment")
    ),
    before.by_class("document", OF_PAPERS),
    OF_VERSIONS,
)


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0059_appointments_say_what_their_visits_say")]

    operations = [migrations.RunSQL([sql], migrations.RunSQL.noop) for sql in STATEMENTS]
