"""What is asked of doses of vaccine: is there such a vaccine, such a lot on that day, such a day?

A lot is asked for where the dose was given: of a place that keeps a stock of vaccines, since its first
one came in. A day known by month or year is compared by these.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.codelists.lookup import codes_on
from reporting.limits import limits_on
from reporting.quality.check import Check, Source, listed, source, when

# What a place had of vaccines on the day of the dose; what was given that day was there.
OF_VACCINES = """facilities_stocklot lot
  JOIN facilities_medicine medicine ON medicine.id = lot.medicine_id AND medicine.kind = 'vaccine'
  JOIN facilities_stockmovement move ON move.lot_id = lot.id
WHERE lot.facility_id = o.facility_id AND move.on <= o.given::date"""
GIVEN_HERE = """o.source = 'seen' AND o.lot <> '' AND o.given ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'"""
LOT_WRONG = f"""CASE WHEN %(by_stock)s AND {GIVEN_HERE} THEN
  EXISTS (SELECT FROM {OF_VACCINES}) AND NOT EXISTS (
    SELECT FROM {OF_VACCINES} AND upper(lot.lot_number) = upper(o.lot) GROUP BY lot.id
    HAVING sum(move.quantity) > 0 OR max(move.on) FILTER (WHERE move.quantity < 0) = o.given::date)
  ELSE false END"""


def _words(on: date) -> Mapping[str, Any]:
    return {
        "vaccines": [row.code for row in codes_on("vaccines", on)],
        "today": on.isoformat(),
        "by_stock": bool(limits_on(on).number("D08.stock")),
    }


DOSES = source(
    Source(
        label="healthrecords.immunization",
        rows="healthrecords_immunization o JOIN healthrecords_citizen person ON person.id = o.citizen_id",
        where="o.status = 'active' AND person.merged_into_id IS NULL AND person.withdrawn_at IS NULL",
        facility="o.facility_id",
        sensitivity="o.sensitivity",
        words=_words,
        changed="""SELECT id FROM healthrecords_immunizationhistory WHERE @since
            UNION SELECT id FROM healthrecords_immunization WHERE citizen_id IN (
              SELECT id FROM healthrecords_citizenhistory WHERE @since)
            UNION SELECT dose.id FROM healthrecords_immunization dose
              WHERE dose.source = 'seen' AND dose.lot <> '' AND dose.facility_id IN (
                SELECT lot.facility_id FROM facilities_stocklot lot
                WHERE lot.id IN (SELECT lot_id FROM facilities_stockmovementhistory WHERE @since)
                  OR lot.id IN (SELECT id FROM facilities_stocklothistory WHERE @since))""",
        checks=(
            Check(
                "D08",
                listed(
                    when(
                        "o.code <> '' AND o.code <> ALL (%(vaccines)s)"
                        " OR o.code = '' AND o.source = 'seen'",
                        "vaccine",
                    ),
                    when(
                        "o.given <> '' AND (o.given < left(person.birth_date::text, length(o.given))"
                        " OR o.given > left(%(today)s, length(o.given)))",
                        "given",
                    ),
                    when(LOT_WRONG, "lot"),
                ),
                ["vaccine", "given", "lot"],
            ),
        ),
    )
)
