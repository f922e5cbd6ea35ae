"""Sorts a pile: whose each file is, what the pile was taken for, and what isn't sure about that."""
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from exercises.isolation.processes import GraderProblem
from exercises.submissions.pile import dates, layouts, metadata, names
from exercises.submissions.pile.files import File
from exercises.submissions.pile.layouts import Found, Layout
from exercises.submissions.pile.names import Owner

SHOWN = 5  # names in a sentence


@dataclass
class Learner:
    """Whose files they are, and the files, each with its path within the submission."""
    name: str
    id: str
    late: bool = False
    files: list[tuple[str, File]] = field(default_factory=list)
    places: set[str] = field(default_factory=set)  # what they were found in, if that makes a difference
    drafts: int = 0  # files that weren't submitted


class Pile:
    """The learners of a pile, and what it was taken for.

    `layout` and `pattern` are what the teacher says about it. Raises GraderProblem if that's wrong.
    """

    def __init__(self, files: Sequence[File], name: str, layout: str = "", pattern: str = ""):
        self._name, self._by_key = name, dict[tuple[str, ...], Learner]()
        self._doubts, self._above = list[str](), set[str]()
        for file in files:
            file.path = unicodedata.normalize("NFC", file.path)  # macOS and Windows write "ö" in different ways
        documents = [file for file in files if file.document]
        seen = [file for file in files if _in_sight(file)]
        self.layout = self._chosen(seen, layout, pattern)
        if self.layout.pattern:
            self._with_pattern(self.layout, seen, documents)
        else:
            self._by_places(seen, said=bool(layout))
        _distinguish(self.learners)

    @property
    def learners(self) -> list[Learner]:
        """All learners, in no order."""
        return [*self._by_key.values()]

    @property
    def taken_for(self) -> str:
        """What the pile was taken for, in words."""
        return self.layout.title

    @property
    def doubts(self) -> list[str]:
        """What isn't sure, a sentence for each."""
        return self._doubts + [*_look_alike(self.learners)] + [
            f"{learner.name}: {places(learner)}" for learner in self.learners if len(learner.places) > 1] + [
            f"{learner.name}: {_counted(copies)} taken as this learner's, although others can have the same name"
            for learner in self.learners if not (self.layout.unique or learner.id)
            if (copies := names.copies([file.path for rest, file in learner.files
                                        if "/" not in rest and not file.attempt]))]

    def add(self, files: Iterable[File]) -> None:
        """Add files that belong to nobody else, such as an archive that can't be read."""
        for file in files:
            self._add(file, names.owner(file.label), unique=False)

    def _chosen(self, files: Sequence[File], layout: str, pattern: str) -> Layout:
        """Return the layout that the teacher names, or that most files fit."""
        if pattern and layout:
            raise GraderProblem("there are both --layout and --learner-pattern. Leave one of them out")
        labels = [file.label for file in files]
        chosen = layouts.of_pattern(pattern) if pattern else layouts.named(layout) if layout else None
        if not chosen:
            return layouts.recognized(labels, self._name) or layouts.named("folders")
        if chosen.pattern and not any(layouts.find(chosen, label, self._name) for label in labels):
            example = f", such as {chosen.example}" if chosen.example else ""
            first = next((label for label in labels if names.is_work(label)), labels[0] if labels else "nothing")
            said = "--learner-pattern" if pattern else f"--layout {layout}"
            raise GraderProblem(f"no file here fits {said}{example}. The first is {names.spelled_out(first)}")
        return chosen

    def _with_pattern(self, layout: Layout, files: list[File], documents: list[File]) -> None:
        """Sort files by a pattern. Those that don't fit it are sorted in another way, and listed as doubtful."""
        fitting, rest = list[tuple[File, Found]](), list[File]()
        for file in files:
            if found := layouts.find(layout, file.label, self._name):
                fitting.append((file, found))
            elif not (layout.name in layouts.BESIDE or names.of_a_platform(file.path.rpartition("/")[2])):
                rest.append(file)
        told = _Told(layout, [file for file in documents if _by_platform(file, layout, self._name)])
        unread = set[str]()
        for (file, found), owners in zip(fitting, layouts.owners(layout, [found for _, found in fitting])):
            file.section = found.above
            if layout.beside and re.fullmatch(layout.beside, found.parts["rest"], re.S):
                file.kind, file.read, file.archive = "folder", None, None  # nobody's work, but the learner has a row
            self._above.add(found.above)
            for owner in told.corrected(file, owners):
                self._add(file, owner, layout.unique)
                unread |= {owner.when} if owner.when and not file.when else set()
        self._doubts += told.doubts
        if unread:
            self._doubts.append(f"dates that can't be read, so the files' own count: {_some(sorted(unread))}")
        rest = [file for file in rest if not (layout.name == "teams" and self._draft(file))]
        other = layouts.recognized([file.label for file in rest], self._name) if rest else None
        if other:
            self._doubts.append(f"other files are taken for {other.title}")
            self._with_pattern(other, rest, documents)
        else:
            self._others(rest, layout.unique)

    def _draft(self, file: File) -> bool:
        """Take a file for a draft if it's beside Teams' submitted files, and return whether it is.

        The folder for drafts is in the teacher's language, and so is the one for submitted files.
        """
        for above in filter(None, self._above):
            around = above[:above.rstrip("/").rfind("/") + 1]
            parts = file.label[len(around):].split("/", 3)
            if file.label.startswith(around) and not file.label.startswith(above) and len(parts) == 4:
                self._add(file, Owner(parts[1], "", parts[3], draft=True), unique=True)
                return True
        return False

    def _others(self, files: list[File], of_platform: bool) -> None:
        """Sort files that fit no layout. Where a platform names the files, a document beside them is nobody's."""
        above = sorted(self._above, key=len, reverse=True)
        doubtful, nobodys = list[str](), list[str]()
        for file in files:
            path = next((file.label[len(start):] for start in above if file.label.startswith(start)), file.label)
            if not path.strip("/") or file.hidden and "/" not in path.rstrip("/"):
                continue
            if of_platform and "/" not in path and not names.is_work(path):
                nobodys.append(names.spelled_out(file.label))
                continue
            self._add(file, names.owner(path), unique=False)
            doubtful.append(names.spelled_out(file.label))
        if doubtful:
            self._doubts.append(f"{_counted(doubtful)} named in another way, so the learner can be wrong")
        if nobodys:
            self._doubts.append(f"{_counted(nobodys)} nobody's")

    def _by_places(self, files: list[File], said: bool) -> None:
        """Sort files by the folder or the file that they're in at the top."""
        named = self.layout.name
        sections = False if said else _sections(files)
        of_one = named == "one" or not said and names.of_one_learner(file.path for file in files)
        flat = {file.label for file in files if "/" not in file.label}
        loose = names.loose_names(flat) if not (of_one or said) else {}
        for file in files:
            if named == "files" and said:
                last = file.path.rpartition("/")[2]
                owner = names.owner(last)._replace(rest=last)
            elif of_one:
                owner = Owner(self._name, "", file.path)
            else:
                owner = names.owner(file.label)
                owner = owner._replace(learner=loose.get(file.path, owner.learner))
            self._add(file, owner, of_one or said)
        by_name: dict[str, list[str]] = {}
        for path, name in sorted(loose.items()):
            by_name.setdefault(name, []).append(path)
        self._doubts += [f"{name}: {_counted(paths)} taken as this learner's" for name, paths in by_name.items()
                         if len(paths) > 1]
        if said:
            return
        if of_one:
            self.layout = layouts.named("one")
            copies = names.copies([file.path for file in files])
            if copies:
                self._doubts.append(f"{_counted(copies)} taken as copies that one learner made. If each is "
                                    "somebody else's, add --layout files")
        elif any(file.read for file in files) and not any("/" in file.path for file in files):
            self.layout = layouts.named("files")
        if sections and len({file.section for file in files}) > 1:
            self._doubts.append(f"the learners are in several folders: "
                                f"{_some(sorted({file.section.rstrip('/') for file in files if file.section}))}")
        for learner in self.learners:
            if not of_one and names.several_learners([rest for rest, _ in learner.files]):
                self._doubts.append(f"{learner.name}: what's in this folder can be several learners'")

    def _add(self, file: File, owner: Owner, unique: bool) -> None:
        """Give a file to its owner."""
        name = names.shown(owner.learner)
        raw = owner.learner if "\\" in name else name  # a name with something spelled out can look like another
        id = unicodedata.normalize("NFC", owner.id)
        section = "" if id or self.layout.pattern else file.section
        learner = self._by_key.setdefault((raw, id, section), Learner(name, id))
        learner.late = learner.late or owner.late
        learner.drafts += owner.draft
        file.attempt = -1 if owner.draft else owner.attempt or file.attempt
        file.when = dates.submitted(owner.when) or file.when
        learner.files.append((owner.rest or file.path, file))
        if unique or id:
            return
        if self.layout.pattern:
            learner.places.add(file.section)
            return
        first, inner, _ = file.path.partition("/")
        learner.places.add(first if inner or names.is_archive(first) else "loose files")


class _Told:
    """What a platform's own files say, and what they don't."""

    def __init__(self, layout: Layout, documents: list[File]):
        self.doubts: list[str] = []
        self._layout, self._late, self._times = layout, set[str](), dict[str, float]()
        self._submitted: dict[str, metadata.Submitted] = {}
        self._names: dict[str, str] = {}  # by the user name
        for document in documents if layout.name in ("gradescope", "sakai", "nbgrader", "blackboard") else []:
            folder, _, name = document.path.lower().rpartition("/")
            assert document.document
            data = document.document()
            if name == "submission_metadata.yml":
                self._submitted |= metadata.gradescope(data)
            elif layout.name == "blackboard":
                name, user = metadata.blackboard(data)
                self._names[user] = name
            elif name == "grades.csv":
                self._late |= metadata.sakai_late(data)
            else:
                self._times[folder] = dates.submitted(data.decode("utf-8", "replace"))

    def corrected(self, file: File, owners: list[Owner]) -> list[Owner]:
        """Return whose a file is, with what the platform says of them."""
        folder = file.path.lower()
        while folder and self._times:
            folder = folder.rpartition("/")[0]
            if when := self._times.get(folder):
                file.when = when
                break
        if self._late:
            owners = [owner._replace(late=owner.late or owner.id in self._late) for owner in owners]
        owners = [owner._replace(learner=name, id=owner.learner) if (name := self._names.get(owner.learner)) else owner
                  for owner in owners]
        if self._layout.name != "gradescope":
            return owners
        told = self._submitted.get(owners[0].learner)
        if not told or not told.people:
            doubt = f"{owners[0].learner}: submission_metadata.yml doesn't say whose it is"
            self.doubts += [doubt] * (doubt not in self.doubts)
            return owners
        return [owners[0]._replace(learner=name or id, id=id, when=told.when) for name, id in told.people]


def _by_platform(document: File, layout: Layout, pile: str) -> bool:
    """Return whether a document is the platform's rather than in what a learner submitted, who can write anything."""
    found = layouts.find(layout, document.label, pile)
    if layout.name == "blackboard":
        return bool(found and "rest" not in found.parts)
    if document.path.lower().endswith("timestamp.txt"):
        return bool(found and found.parts["rest"].lower() == "timestamp.txt"
                    and "submission attachment(s)/" not in document.path.lower())
    return not found


def _in_sight(file: File) -> bool:
    """Return whether it's more than what systems and platforms put at the top, which is nobody's submission."""
    return not names.LEFT_BY_SYSTEMS.search(file.path.partition("/")[0]) and not names.of_a_platform(file.path)


def _sections(files: list[File]) -> bool:
    """Move the files of a class that's in a folder further down to the top, and return whether there was any.

    That is one folder for the class, or one for each of its sections.
    """
    moved = False
    for _ in range(5):
        inside: dict[str, list[File]] = {}
        for file in files:
            if not file.hidden or "/" in file.path:
                inside.setdefault(file.path.partition("/")[0], []).append(file)
        with_work = {first: found for first, found in inside.items()
                     if any(names.is_work(file.path) and not file.hidden for file in found)}
        if not with_work or not all(names.several_learners([file.path[len(first) + 1:] for file in found])
                                    for first, found in with_work.items()):
            break
        for first, found in with_work.items():
            for file in found:
                if "/" in file.path:
                    file.section, file.path = f"{file.section}{first}/", file.path[len(first) + 1:]
        moved = True
    files[:] = filter(_in_sight, files)  # what's nobody's can be in a folder further down
    return moved


def _distinguish(learners: Iterable[Learner]) -> None:
    """Give learners of the same name different names, so that none is taken for another."""
    by_key: dict[tuple[str, str], list[Learner]] = {}
    for learner in learners:
        by_key.setdefault((learner.name, learner.id), []).append(learner)
    taken = set(by_key)
    for same in by_key.values():
        for number, learner in enumerate(same if len(same) > 1 else [], start=1):
            section = names.shown(learner.files[0][1].section.rstrip("/").replace("/", ", "))
            name = f"{learner.name} ({section})" if section else learner.name
            while (name, learner.id) in taken:
                name, number = f"{learner.name} [{number}]", number + 1
            taken.add((name, learner.id))
            learner.name = name


def _look_alike(learners: Iterable[Learner]) -> Iterable[str]:
    """Yield sentences about names that differ only in case, spaces and signs."""
    by_letters: dict[str, set[str]] = {}
    for learner in learners:
        letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKD", learner.name).casefold()))
        by_letters.setdefault(letters or learner.name, set()).add(f"{learner.name} {learner.id}".strip())
    for alike in by_letters.values():
        if len(alike) > 1:
            yield f"{_some(sorted(alike))}: taken as {len(alike)} learners, although the names are alike"


def places(learner: Learner) -> str:
    """Say that a learner's files are in several places."""
    return (f"these files are in {len(learner.places)} places, taken as one learner's: "
            f"{', '.join(sorted(names.shown(place.rstrip('/') or 'the top') for place in learner.places)[:SHOWN])}")


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + more


def _counted(texts: Sequence[str]) -> str:
    """Return how many there are, and the first of them: "2 files (a, b) are"."""
    return f"{len(texts)} file{'s' * (len(texts) != 1)} ({_some(texts)}) {'are' if len(texts) != 1 else 'is'}"
