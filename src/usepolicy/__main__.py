"""The way into the program: nothing here is heavy, so that an interrupt meets no traceback."""

from __future__ import annotations

import os
import sys

ONE_THREAD = "OPENBLAS_NUM_THREADS"
"""What tells numpy how many threads multiply. The sentence model multiplies small matrices, for
which waking threads costs ten times what it saves; numpy asks when it is loaded, once."""


def main() -> None:
    """Run the program and exit; Ctrl-C ends it quietly also while it is being loaded."""
    os.environ.setdefault(ONE_THREAD, "1")
    try:
        from usepolicy.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
