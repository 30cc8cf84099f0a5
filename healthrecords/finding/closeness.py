"""How far is a name from what was typed? Less is nearer; the rare words decide."""

from collections.abc import Sequence
from dataclasses import dataclass

from healthrecords.finding.words import ABSENT, GUESSED, Typed

# A word more than was typed, and words in another order than was typed.
EXTRA, TURNED = 0.05, 0.02


@dataclass(frozen=True, slots=True, order=True)
class Distance:
    """How far, and whether more than the order of the words had to be guessed."""

    is_guess: bool
    far: float


def distance(typed: Sequence[Typed], words: Sequence[str], *, absent: int = 0) -> Distance | None:
    """Return how far a name's words are from the typed ones; None for another name altogether.

    ``absent`` is how many typed words may be missing from the name.
    """
    left = list(words)
    # Words that stand there as typed are taken first: a guess must not take them away.
    certain = [one.meant.get(one.word) == 0 and _take(left, one.word) for one in typed]
    total, before, is_turned, guesses, missing = 0.0, -1, False, 0, 0
    unknown = sum(not one.is_known for one in typed)
    for one, is_certain in zip(typed, certain, strict=True):
        best, cost = (one.word, 0.0) if is_certain else _nearest(one, left)
        if best:
            guesses += cost >= GUESSED
            total += cost
            place = words.index(best)
            is_turned, before = is_turned or place < before, place
            if not is_certain:
                left.remove(best)
        elif missing < absent:
            # A rare word that is missing tells the names apart, a common one hardly does.
            missing += 1
            total += ABSENT + one.rarity
        else:
            return None
    # One slip, or one in each word that nobody bears; none where a word is missing besides.
    if guesses > (0 if missing else max(1, unknown)):
        return None
    return Distance(bool(guesses or missing), total + TURNED * is_turned + EXTRA * len(left))


def _take(left: list[str], word: str) -> bool:
    if word not in left:
        return False
    left.remove(word)
    return True


def _nearest(one: Typed, words: Sequence[str]) -> tuple[str, float]:
    best, least = "", float("inf")
    for word in words:
        cost = one.meant.get(word)
        if cost is not None and cost < least:
            best, least = word, cost
    return best, least
