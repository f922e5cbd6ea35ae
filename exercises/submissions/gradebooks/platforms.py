"""Which platform imports which columns. Each row of the table names its source, a public page or repository.

A column that's made from the pile is a title and a pattern. Both may contain these fields:

    id      the platform's own number of the learner, only if it's a number
    number  a learner's number, if that's the name in the pile and there's no other id
    login   what else identifies a learner: an id with letters, or a name without spaces
    key     the id, or a name without spaces
    name, grade, maximum, feedback, item (the title of the grades)
"""
from dataclasses import dataclass, field

# Titles of the columns with people's names, in lower case.
FULL_NAMES = ("full name", "full_name", "student", "student name", "name")
FIRST_NAMES = ("first name", "firstname", "vorname", "prénom", "nombre")
LAST_NAMES = ("last name", "lastname", "surname", "nachname", "nom", "apellido(s)")


@dataclass(frozen=True)
class Platform:
    """What a platform's gradebook imports and exports."""
    name: str
    pile: dict[str, str]  # the columns that it imports; none if it imports nothing but its own export
    keys: tuple[str, ...]  # those of them that say whose row it is; one is enough
    ids: tuple[str, ...]  # the columns of its export that the number in its piles is in
    logins: tuple[str, ...]  # its other columns that say whose row it is
    grades: str  # which of its columns are for points, as a regular expression: `title`, `max`
    export: str  # where to download it
    bom: bool = True  # whether it imports a file that begins with a byte order mark, so that Excel shows umlauts
    quoted: bool = False  # whether each cell needs quotes
    numbered: bool = False  # whether a word and a number identify people: "Participant 4711"
    points_row: dict[str, str] = field(default_factory=dict)  # a row before the learners', with the most points
    title: str = ".+"  # which titles it imports, as a regular expression
    doubt: str = ""  # what to check before the import, if there's only the pile
    kept: tuple[str, ...] = ()  # words in a cell that the grade must not replace
    locks: dict[str, str] = field(default_factory=dict)  # which word in which column says that a grade can't change
    words: tuple[str, ...] = ()  # the titles of a column that's there if grades are words, such as Pass
    also: dict[str, str] = field(default_factory=dict)  # what else changes in a row with a grade


PLATFORMS = {
    # The grading worksheet of an assignment: moodle/moodle on GitHub, mod/assign/feedback/offline/importgradeslib.php
    # (it needs the columns Identifier, Grade and Last modified, and the number after "Participant ") and
    # mod/assign/gradingtable.php (the columns that it exports: Scale instead of Maximum Grade if grades are words; it
    # passes over a row whose grade can't be changed). lib/csvlib.class.php removes a byte order mark.
    # The second form of `grades` is the export of the whole gradebook: docs.moodle.org, Grade export.
    "moodle": Platform(
        "Moodle", {"Identifier": "Participant {id}", "Full name": "{name}", "Grade": "{grade}",
                   "Maximum Grade": "{maximum}", "Last modified (grade)": "-", "Feedback comments": "{feedback}"},
        keys=("Identifier",), ids=("Identifier",), logins=("Username", "ID number", "Email address"),
        grades=r"Grade|(?P<title>.+) \((Real|Punkte)\)", numbered=True,
        locks={"Grade can be changed": "No", "Bewertung kann geändert werden": "Nein"}, words=("Scale", "Skala"),
        doubt="Moodle finds these columns only while you use it in English, and it doesn't rescale points. In another "
              "language, or if the assignment has another maximum, add --gradebook.",
        export="the assignment > View all submissions > Download grading worksheet"),
    # instructure/canvas-lms on GitHub, lib/gradebook_importer.rb (whose row it is: ID, then SIS User ID, SIS Login ID,
    # then the exact name; "Points Possible"; an empty cell deletes a grade) and lib/gradebook_exporter.rb (the columns,
    # two decimals, the byte order mark as a setting, EX for excused, N/A for not assigned).
    "canvas": Platform(
        "Canvas", {"Student": "{name}", "ID": "{id}", "SIS User ID": "{number}", "SIS Login ID": "{login}",
                   "Section": "", "{item}": "{grade}"},
        keys=("ID", "SIS User ID", "SIS Login ID", "Student"), ids=("ID",),
        logins=("SIS User ID", "SIS Login ID", "Integration ID"),
        grades=r"(?!.*\b(Current|Final|Override) (Score|Points|Grade|Status))(?P<title>.+) \(\d+\)",
        points_row={"Student": "    Points Possible", "{item}": "{maximum}"}, kept=("EX", "N/A"),
        export="Grades > Export > Export Entire Gradebook"),
    # "Working offline with grade data" on help.blackboard.com, the same text on library.blackboard.com, "Uploading
    # External Grade Center Items": the user name identifies, quotes around each cell of a .csv, "title [Total Pts: 20
    # Score] |column" in the export. No byte order mark, because no page says that a .csv may have one.
    "blackboard": Platform(
        "Blackboard", {"Username": "{key}", "{item}": "{grade}"}, keys=("Username",), ids=("Username",),
        logins=("Student ID",), grades=r"(?P<title>.+?) \[Total Pts: (?P<max>[\d.,]+)[^]]*\]( ?\|\d+)?",
        bom=False, quoted=True, export="Gradebook > Download grades, comma-delimited"),
    # "Importing grades" on community.d2l.com (article 3538): OrgDefinedId or Username, "Lab 3 Points Grade",
    # End-of-Line Indicator "#". The export puts "#" before an id, and may add "<Numeric MaxPoints:20 ...>" to a title.
    "brightspace": Platform(
        "Brightspace", {"OrgDefinedId": "{id}{number}", "Username": "{login}", "{item} Points Grade": "{grade}",
                        "End-of-Line Indicator": "#"},
        keys=("OrgDefinedId", "Username"), ids=(), logins=("OrgDefinedId", "Username", "Email"),
        grades=r"(?P<title>.+) Points Grade( <Numeric MaxPoints:(?P<max>[\d.,]+).*>)?",
        doubt="The number in Brightspace's folders isn't the OrgDefinedId everywhere. If it's another one at your "
              "school, add --gradebook.",
        export="Grades > Enter Grades > Export, with both key fields, Points grade and the names"),
    # sakaiproject/sakai on GitHub, gradebookng/.../business/util/ImportGradesHelper.java: the first column is the id,
    # the second the name, "title [points]" for grades, "* title" for comments, "# ..." is passed over. Its
    # GradebookCsvWriter.java writes a byte order mark. The second form of `grades` is grades.csv of an assignment.
    "sakai": Platform(
        "Sakai", {"Student ID": "{key}", "Name": "{name}", "{item} [{maximum}]": "{grade}"},
        keys=("Student ID",), ids=("Student ID", "Display ID"), logins=("ID",), title=r"[^#*\[\]][^\[\]]*",
        grades=r"(?P<title>[^\[#*][^\[]*?) ?\[(?P<max>[\d.,]+)\]|grade", export="Gradebook > Import/Export > Export"),
    # ilifau/ExerciseStatusFile on GitHub, a plugin of ILIAS, classes/class.ilPluginExAssignmentStatusFile.php: all
    # these columns in this order, a row counts if `update` isn't 0, `usr_id` says whose it is, `status` is notgraded,
    # passed or failed. Whether a mark is enough to pass is the teacher's decision.
    "ilias": Platform(
        "ILIAS", {"update": "1", "usr_id": "{id}", "login": "{login}", "lastname": "{name}", "firstname": "",
                  "status": "notgraded", "mark": "{grade}", "notice": "", "comment": "", "plagiarism": "",
                  "plag_comment": ""},
        keys=("usr_id",), ids=("usr_id",), logins=("login",), grades="mark", also={"update": "1"},
        doubt="In ILIAS, this also resets each learner's status, notice and comment. To keep them, add --gradebook.",
        export="the exercise > Submissions and Grades > Multi-Feedback, status.csv"),
    # openedx/edx-bulk-grades on GitHub, bulk_grades/api.py, ScoreCSVProcessor: a checksum in each row, so it imports
    # only what it exported; `points`.
    "openedx": Platform(
        "Open edX", {}, keys=(), ids=("user_id",), logins=("username", "student_uid"), grades="points",
        export="the component Staff Graded Points > Export"),
}
