"""Which vital signs does somebody of this age and sex have, ill or well?"""

from dataclasses import dataclass
from random import Random

from healthrecords.population.illness import BREATH, FEVER, GROWTH, PRESSURE, SUGAR

# Age in years -> usual pulse, breaths, weight of a boy, height of a boy.
CHILDREN = (
    (130, 40, 7.6, 66.0), (118, 30, 11.2, 81.0), (110, 27, 13.0, 90.0), (105, 26, 15.0, 97.0), (100, 25, 16.8, 104.0),
    (96, 24, 18.8, 110.5), (92, 22, 21.0, 116.0), (90, 22, 23.5, 122.0), (88, 21, 26.0, 127.0), (86, 21, 29.0, 132.5),
    (84, 20, 32.5, 138.0), (83, 20, 36.0, 143.5), (82, 19, 40.5, 150.0), (80, 19, 45.5, 156.5), (79, 18, 50.0, 161.5),
    (78, 18, 53.5, 165.0),
)  # fmt: skip
ADULT = {"male": (76, 18, 62.0, 166.0), "female": (79, 18, 53.5, 155.0)}


@dataclass(frozen=True, slots=True)
class Body:
    """How a person stands to the usual weight, height and pressure of an age; it stays with them."""

    weight: float
    height: float
    pressure: float

    @classmethod
    def draw(cls, rng: Random) -> "Body":
        return cls(1 + rng.gauss(0, 0.1), 1 + rng.gauss(0, 0.03), rng.gauss(0, 8))


def measure(rng: Random, sex: str, age: int, marks: str, body: Body) -> dict[str, float | int]:
    """Return what was measured, within what is likely at that age."""
    gauss, random = rng.gauss, rng.random
    pulse, breaths, weight, height = CHILDREN[age] if age < len(CHILDREN) else ADULT[sex]
    fever = max(0.0, gauss(1.3, 0.6)) if FEVER in marks else 0.0
    found: dict[str, float | int] = {
        "pulse": round(pulse * (1 + gauss(0, 0.07)) + 7 * fever),
        "temperature": round(min(36.7 + gauss(0, 0.2) + fever, 40.4), 1),
        "weight": round(max(weight * body.weight * (1 + gauss(0, 0.012)), 2.6), 1),
    }
    if GROWTH in marks or random() < 0.35:
        found["height"] = round(height * body.height, 1)
    if age >= 16 or PRESSURE in marks:
        found["systolic"], found["diastolic"] = _pressure(rng, age, body, ill=PRESSURE in marks)
    if BREATH in marks or FEVER in marks:
        found["respiratory_rate"] = round(breaths * (1 + 0.06 * fever + abs(gauss(0, 0.06))))
        found["oxygen_saturation"] = min(99, round(97.4 - abs(gauss(0, 1.2))))
    if SUGAR in marks:
        found["glucose"] = round(max(4.4, gauss(8.1, 2.0)), 1)
    return found


def _pressure(rng: Random, age: int, body: Body, *, ill: bool) -> tuple[int, int]:
    base = 104 + min(age, 75) * 0.32 + (9 if ill and age >= 40 else 0)
    systolic = round(max(85.0, min(base + body.pressure + rng.gauss(0, 8), 195.0)))
    diastolic = round(max(50.0, min(systolic * 0.62 + rng.gauss(0, 5), systolic - 18)))
    return systolic, diastolic
