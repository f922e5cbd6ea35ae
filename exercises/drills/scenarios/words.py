"""The words of drills: themes of everyday life, each with names and values that fit together."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """Names of one theme. Values are strings without spaces, or numbers."""
    module: str
    functions: tuple[tuple[str, tuple[object, ...]], ...]
    constants: tuple[tuple[str, tuple[object, ...]], ...]
    cls: tuple[str, str, str, tuple[object, ...]]  # a class, an object, a method, what the method returns
    items: tuple[str, tuple[str, ...]]  # a list, and what's in it
    count: tuple[str, str]  # a counter, and the function that counts
    client: tuple[str, str]  # a module that uses this one, and its function
    package: str
    error: str
    base: tuple[str, str]  # a module that's never reloaded, and its class
    subclass: str
    members: tuple[str, str, str]  # an Enum, and two members
    short: str  # another name for the module


THEMES = (
    Theme("weather",
          (("forecast", ("rain", "snow", "sun", "fog", "hail")), ("wind", (12, 30, 45, 8)),
           ("sky", ("grey", "blue", "clear", "dark"))),
          (("UNIT", ("celsius", "kelvin", "degrees")), ("STORM", (60, 75, 90)), ("CITY", ("Oslo", "Lima", "Turin"))),
          ("Station", "station", "report", ("dry", "wet", "icy", "windy")),
          ("cities", ("Oslo", "Lima", "Turin")), ("reports", "record"), ("radio", "announce"), "office", "NoSignal",
          ("devices", "Device"), "RoofStation", ("Season", "WINTER", "SUMMER"), "w"),
    Theme("buses",
          (("delay", (5, 9, 14, 20)), ("next_stop", ("harbour", "market", "museum", "station")),
           ("driver", ("Ada", "Ben", "Cleo", "Dan"))),
          (("FARE", (2, 3, 4)), ("COLOR", ("red", "green", "yellow")), ("SEATS", (40, 52, 66))),
          ("Bus", "bus", "status", ("late", "full", "empty", "broken")),
          ("stops", ("harbour", "market", "museum")), ("trips", "depart"), ("timetable", "show"), "transport", "Late",
          ("vehicles", "Vehicle"), "NightBus", ("Line", "NORTH", "SOUTH"), "b"),
    Theme("bakery",
          (("bread", ("rye", "white", "spelt", "corn")), ("price", (3, 4, 6, 8)),
           ("cake", ("lemon", "plum", "apple", "cherry"))),
          (("FLOUR", ("wheat", "oat", "barley")), ("LOAVES", (20, 35, 50)), ("OVEN", (180, 200, 220))),
          ("Baker", "baker", "bake", ("rolls", "buns", "bagels", "pretzels")),
          ("orders", ("rolls", "buns", "bagels")), ("sold", "sell"), ("shop", "offer"), "village", "SoldOut",
          ("staff", "Worker"), "Apprentice", ("Size", "SMALL", "LARGE"), "bk"),
    Theme("game",
          (("monster", ("dragon", "troll", "ghost", "wolf")), ("damage", (3, 7, 10, 15)),
           ("treasure", ("gold", "silver", "ruby", "pearl"))),
          (("LIVES", (3, 5, 7)), ("WORLD", ("forest", "desert", "cave")), ("SPEED", (2, 4, 6))),
          ("Player", "player", "move", ("walk", "run", "jump", "swim")),
          ("rooms", ("hall", "tower", "cellar")), ("score", "hit"), ("arcade", "play"), "engine", "GameOver",
          ("figures", "Figure"), "Wizard", ("Side", "LIGHT", "DARK"), "g"),
    Theme("library",
          (("loan", (14, 21, 28, 35)), ("best_book", ("Emma", "Ulysses", "Dune", "Heidi")),
           ("greeting", ("hello", "welcome", "shh", "goodbye"))),
          (("FINE", (1, 2, 5)), ("SECTION", ("poetry", "history", "travel")), ("SHELVES", (80, 95, 110))),
          ("Reader", "reader", "borrow", ("novel", "atlas", "comic", "diary")),
          ("shelf", ("novel", "atlas", "comic")), ("loans", "lend"), ("desk", "help_reader"), "town", "Overdue",
          ("people", "Person"), "Student", ("State", "FREE", "LENT"), "lib"),
    Theme("garden",
          (("plant", ("tulip", "rose", "daisy", "lily")), ("water", (4, 6, 9, 11)),
           ("harvest", ("beans", "peas", "carrots", "leeks"))),
          (("BEDS", (6, 8, 12)), ("SOIL", ("sand", "clay", "peat")), ("FENCE", (90, 120, 150))),
          ("Gardener", "gardener", "work", ("dig", "weed", "prune", "mow")),
          ("seeds", ("beans", "peas", "carrots")), ("visits", "visit"), ("market", "stall"), "estate", "Frost",
          ("helpers", "Helper"), "Trainee", ("Month", "MARCH", "JUNE"), "gd"),
    Theme("radio",
          (("song", ("waltz", "blues", "tango", "samba")), ("volume", (10, 25, 40, 70)),
           ("host", ("Mia", "Noah", "Olga", "Paul"))),
          (("STATION", ("north", "city", "coast")), ("FREQUENCY", (88, 95, 101)), ("JINGLE", ("ding", "dong", "boom"))),
          ("Show", "show", "start", ("news", "quiz", "talk", "concert")),
          ("playlist", ("waltz", "blues", "tango")), ("plays", "play"), ("kitchen", "listen"), "studio", "Silence",
          ("media", "Program"), "MorningShow", ("Band", "SHORT", "LONG"), "r"),
    Theme("museum",
          (("exhibit", ("mummy", "fossil", "vase", "sword")), ("ticket", (6, 9, 12, 15)),
           ("guide", ("Rosa", "Sven", "Tara", "Umar"))),
          (("FLOORS", (3, 4, 6)), ("CLOSED", ("monday", "tuesday", "friday")), ("ROOMS", (18, 24, 30))),
          ("Tour", "tour", "topic", ("egypt", "rome", "greece", "persia")),
          ("halls", ("egypt", "rome", "greece")), ("visitors", "enter"), ("poster", "advertise"), "city", "TooFull",
          ("events", "Event"), "FamilyTour", ("Wing", "EAST", "WEST"), "mu"),
    Theme("robot",
          (("task", ("sweep", "paint", "weld", "sort")), ("battery", (55, 70, 85, 99)),
           ("color", ("white", "black", "orange", "silver"))),
          (("WHEELS", (2, 4, 6)), ("MODE", ("idle", "busy", "charging")), ("ARMS", (1, 3, 5))),
          ("Arm", "arm", "grip", ("soft", "firm", "tight", "loose")),
          ("tools", ("brush", "drill", "laser")), ("steps", "step"), ("factory", "run"), "plant", "Stuck",
          ("machines", "Machine"), "LongArm", ("Signal", "STOP", "GO"), "bot"),
    Theme("school",
          (("lesson", ("art", "music", "maths", "sport")), ("marks", (12, 15, 18, 20)),
           ("teacher", ("Vera", "Will", "Yara", "Zoe"))),
          (("ROOM", (7, 11, 23)), ("LANGUAGE", ("latin", "french", "danish")), ("BREAK", (10, 15, 25))),
          ("Pupil", "pupil", "study", ("verbs", "maps", "atoms", "poems")),
          ("clubs", ("chess", "choir", "judo")), ("bells", "ring"), ("notice", "display"), "campus", "Absent",
          ("members", "Member"), "Newcomer", ("Day", "MONDAY", "FRIDAY"), "sc"),
)
