"""The course on the web: `build` makes the browser edition, `serve` shows it, and `pages` makes pages for reading."""
import argparse
import sys
from pathlib import Path

from lessons.launcher.environment import SetupProblem
from lessons.web import builder, pages, server


def main(arguments):
    options = parser().parse_args(arguments)
    try:
        return options.action(options)
    except SetupProblem as problem:
        return f"error: {problem}"
    except OSError as problem:
        return f"error: {problem.filename or options.folder}: {problem.strerror}"
    except KeyboardInterrupt:
        return "Stopped."


def parser():
    whole = argparse.ArgumentParser(prog="python3 -m lessons.web", description="The course in a browser tab.")
    commands = whole.add_subparsers(title="commands", metavar="", required=True)
    build = commands.add_parser("build", help="make the folder, for any web server (https, or this machine)")
    build.set_defaults(action=lambda options: builder.build(options.folder))
    serve = commands.add_parser("serve", help="serve the folder to this machine's browser")
    serve.set_defaults(action=lambda options: server.serve(options.folder, options.port, not options.no_browser))
    serve.add_argument("--port", type=int, default=8000, help="8000 unless told; 0 takes any that is free")
    serve.add_argument("--no-browser", action="store_true", help="print the address instead of opening a browser")
    read = commands.add_parser("pages", help="make pages of all lessons and exercises, for reading and printing")
    read.set_defaults(action=lambda options: pages.export(options.folder))
    for command in (build, serve, read):
        command.add_argument("folder", type=Path, metavar="FOLDER")
    return whole


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
