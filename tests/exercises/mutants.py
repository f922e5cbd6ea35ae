"""The same as `python -m solutions.authoring.mutants`."""
import sys

from solutions.authoring.mutants import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
