"""Topics: words for groups of facts, so that a learner can ask for drills on one of them."""
import difflib
import re
from dataclasses import dataclass

from exercises.drills.making import DrillProblem, asked_facts
from lessons import notebooks

FACT = re.compile(r"[A-Z]-\d+")  # an id
LESSON = re.compile(r"(?:lessons?\W*)?(\d+)", re.I)  # such as "4", "lesson 4" or "lesson=4"
TOPICS = {  # word -> what it's about, and its facts
    "import": ("what an import does, the first time and later", ("A-01", "A-02", "A-03", "B-11")),
    "reload": ("what a reload runs, and what stays the same", ("B-01", "B-02", "B-03", "B-05", "B-06", "E-05", "H-14",
                                                               "N-01")),
    "from-import": ("names that `from` imported", ("C-01", "C-03", "C-04", "C-05", "C-17")),
    "aliases": ("names for the whole module", ("C-02", "C-14")),
    "globals": ("the names that an old function looks up", ("B-12", "B-13")),
    "kept": ("defaults, closures, callbacks, methods", ("C-06", "C-07", "C-09", "C-10", "C-11", "C-12", "C-15", "C-16",
                                                       "I-07")),
    "deleted-names": ("what the new file no longer has", ("B-04", "E-13")),
    "state": ("counters, lists, registries, singletons", ("B-07", "B-08", "B-09", "B-20", "I-02", "I-05", "I-06",
                                                         "M-06")),
    "classes": ("instances, subclasses, `isinstance`", ("D-01", "D-02", "D-03", "D-04", "D-05", "D-07", "D-17")),
    "comparisons": ("`except`, `==`, sentinels, `pickle`", ("D-06", "D-08", "D-09", "D-10", "D-15")),
    "second-import": ("`sys.modules`, and two modules with the same name", ("K-01", "K-02", "K-03", "K-04", "K-05")),
    "failed-reload": ("errors in the file, and missing files", ("E-01", "E-02", "E-03", "E-04", "E-06", "E-09", "E-10",
                                                              "E-11", "E-15", "G-01", "G-03", "G-04")),
    "packages": ("submodules, re-exports, the order of reloads", ("F-01", "F-02", "F-03", "F-04", "L-15")),
    "quick-edits": ("the cached bytecode", ("H-01", "H-02", "H-03", "H-04", "H-05", "H-06", "H-10", "H-12"))}


@dataclass(frozen=True)
class Request:
    """What a learner asks to be drilled on."""
    facts: tuple[str, ...] = ()  # in the course's order; empty for all
    title: str = ""  # such as "lesson 3"; empty for all
    call: str = "drill()"  # which asks for the same in a notebook
    words: str = "drill"  # the same in a terminal


def topics() -> list[str]:
    """Return the topics on which there are drills."""
    return [topic for topic in TOPICS if facts_of(topic)]


def facts_of(topic: str) -> list[str]:
    """Return the facts of a topic that drills ask, in the course's order."""
    return [fact for fact in asked_facts() if fact in TOPICS[topic][1]]


def requested(word: object = None, lesson: object = None, facts: object = ()) -> Request:
    """Return what a learner asks for: a word, a lesson, or facts: several strings, or one with commas or spaces.

    The word is a topic, facts, or a lesson's number. Raises DrillProblem if drills ask nothing about it, or if it's
    more than one of these; its text lists what there is.
    """
    word, named = "" if word is None else str(word).strip(), _split(facts or ())
    if bool(word) + (lesson is not None) + bool(named) > 1:
        raise DrillProblem("Name a topic, a lesson or facts, but only one of these.")
    if number := LESSON.fullmatch(word):
        word, lesson = "", number[1]
    if lesson is not None:
        number = LESSON.fullmatch(str(lesson).strip())
        return _on_lesson(number[1] if number else str(lesson).strip())
    if all(FACT.fullmatch(each) for each in _split(word)):
        named, word = [*named, *_split(word)], ""
    if named:
        return _on_facts(named)
    return _on_topic(word) if word else Request()


def _split(facts: object) -> list[str]:
    """Return the ids of facts, in capital letters, each once."""
    parts = re.split(r"[\s,;]+", ",".join(map(str, facts)) if isinstance(facts, list | tuple | set) else str(facts))
    return list(dict.fromkeys(part.upper() for part in parts if part))


def _on_topic(word: str) -> Request:
    topic = word.lower().replace("_", "-").replace(" ", "-")
    if topic not in topics():
        like = [each for each in topics() if each.startswith(topic)] or difflib.get_close_matches(topic, topics())
        hint = f" Did you mean {like[0]}?" if like else " For a lesson, add its number." if topic == "lesson" else ""
        raise DrillProblem(f"There is no topic {word!r}.{hint} {_topics()}")
    return Request(tuple(facts_of(topic)), topic, f'drill("{topic}")', f"drill {topic}")


def _topics() -> str:
    return f"The topics are {', '.join(topics())}."


def _on_lesson(number: str) -> Request:
    lessons = {fact: path.name[:2] for fact, (_, path, _) in notebooks.facts_shown().items()}
    facts = tuple(fact for fact in asked_facts() if lessons.get(fact) == number.zfill(2))
    if not facts:
        there = sorted({int(lessons[fact]) for fact in asked_facts() if fact in lessons})
        raise DrillProblem(f"There are no drills on lesson {number}. There are some on lessons "
                           f"{', '.join(map(str, there))}.")
    number = str(int(number))
    return Request(facts, f"lesson {number}", f"drill(lesson={number})", f"drill --lesson {number}")


def _on_facts(facts: list[str]) -> Request:
    asked, shown = asked_facts(), notebooks.facts_shown()
    for fact in facts:
        if fact not in asked:
            about = f"No drill asks about {fact}: {shown[fact][0]}" if fact in shown else f"There is no fact {fact}."
            raise DrillProblem(f"{about} {_topics()}")
    call = f'drill("{facts[0]}")' if len(facts) == 1 else f"drill(facts={facts!r})"
    ordered = tuple(fact for fact in asked if fact in facts)
    return Request(ordered, ", ".join(facts), call, f"drill --facts {','.join(facts)}")
