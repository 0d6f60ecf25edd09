"""The way into the program: nothing here is heavy, so that an interrupt meets no traceback."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program and exit; Ctrl-C ends it quietly also while it is being loaded."""
    try:
        from usepolicy.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
