"""Points on the scale that the teacher sets."""
import re
from decimal import ROUND_HALF_UP, Decimal

from exercises.isolation.processes import GraderProblem

CENT = Decimal("0.01")
NUMBER = re.compile(r"\d{1,9}([.,]\d{1,9})?")


def number(text: str) -> Decimal | None:
    """Return the number that a text is, with a point or a comma, or None."""
    return Decimal(text.strip().replace(",", ".")) if NUMBER.fullmatch(text.strip()) else None


def most_points(text: str) -> Decimal:
    """Return how many points the teacher gives at most. Raises GraderProblem if the text isn't such a number."""
    found = number(text)
    if not found:
        raise GraderProblem(f"--out-of expects how many points there are at most, and not {text!r}. "
                            "For example, type: --out-of 20")
    return found


def scaled(reached: int, total: int, out_of: Decimal | None) -> Decimal:
    """Return points on the teacher's scale, rounded to two decimals, a half upwards. Without a scale, they stay."""
    if out_of is None or not total:
        return Decimal(str(reached))
    return (Decimal(str(reached)) * out_of / total).quantize(CENT, ROUND_HALF_UP)


def written(grade: Decimal, comma: bool = False) -> str:
    """Return a grade as platforms read it: no zeros at the end, and a comma only where that's asked for."""
    text = f"{grade:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", ",") if comma else text
