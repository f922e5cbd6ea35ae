"""What a kind of editing task consists of, and what several kinds draw."""
import random
from collections.abc import Callable
from dataclasses import dataclass

# Details of rules. Cases use the grader's NOUNS, so none of these words may be one.
WORDS = ("amber arrow aspen atlas bison bramley breeze bronze cedar cloud comet crane delta drift eagle fable flint "
         "frost glade globe grove haven heron iris ivory jade karst lagoon larch linen lotus lunar maple meadow merlin "
         "misty moss nectar oasis ocean onyx opal orbit otter panda pearl pine plaza polar prism quill rapid reef "
         "river robin rowan sable sage sierra slate solar spark stone storm swift tango teak tiger topaz tundra umber "
         "valley vista wharf willet wren zebra zinc").split()
Draw = random.Random
Details = dict[str, str]


@dataclass(frozen=True)
class Kind:
    """A template of editing tasks: `$name` in its texts is a word that's drawn for each learner."""
    fact: str
    parameters: str  # of the function that the learner writes
    text: str
    check: str
    answer: str
    details: Callable[[Draw], Details]  # draws what its rules vary in, by the names in the texts


def reload_or_not(draw: Draw, others: str) -> Details:
    """Return a rule that asks for a reload, or one that forbids it, with what the file prints then.

    `others` are the variables that the reload sets back.
    """
    if draw.random() < 0.5:
        return {"again": f"It then reloads the module, which sets {others} back to the value in the file.",
                "reload": "    importlib.reload(module)\n", "printed": "running", "count": "1"}
    return {"again": "It doesn't run the file again, so all other values that the program has set stay.", "reload": "",
            "printed": "", "count": "5"}
