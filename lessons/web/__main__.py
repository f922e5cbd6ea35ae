"""The course on the web: `build` makes the browser edition, `serve` shows it, and `pages` makes pages for reading."""
import argparse
import sys
from pathlib import Path

from lessons import PYTHON
from lessons.launcher.environment import SetupProblem
from lessons.web import builder, pages, server


def main(arguments):
    options = parser().parse_args(arguments)
    try:
        return options.action(options)
    except SetupProblem as problem:
        return f"error: {problem}"
    except OSError as problem:
        where = f"{problem.filename or options.folder}: {problem.strerror}" if problem.strerror else problem
        return f"error: {where}"
    except KeyboardInterrupt:
        return "Stopped."


def parser():
    whole = argparse.ArgumentParser(prog=f"{PYTHON} -m lessons.web", description="The course in a web browser.")
    commands = whole.add_subparsers(title="commands", metavar="", required=True)
    build = commands.add_parser("build", help="build the browser edition into a folder, for any web server")
    build.set_defaults(action=lambda options: builder.build(options.folder))
    serve = commands.add_parser("serve", help="serve that folder to the browsers of this machine")
    serve.set_defaults(action=lambda options: server.serve(options.folder, options.port, not options.no_browser))
    serve.add_argument("--port", type=int, default=8000, help="8000 if not given; 0 chooses a free one")
    serve.add_argument("--no-browser", action="store_true", help="print the address instead of opening a browser")
    read = commands.add_parser("pages", help="write all lessons and exercises as pages, for reading and printing")
    read.set_defaults(action=lambda options: pages.export(options.folder))
    for command in (build, serve, read):
        command.add_argument("folder", type=Path, metavar="FOLDER")
    return whole


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
