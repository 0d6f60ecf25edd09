"""Fuzz deciding with atheris: no input crashes it, and what it cites lies in the text.

Usage: python bench/fuzz_decide.py [SECONDS]. Needs `pip install atheris` (Linux, CPython).
"""

from __future__ import annotations

import sys

SECONDS = "60"


def main() -> None:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here: pip install atheris", file=sys.stderr)
        raise SystemExit(1) from None
    with atheris.instrument_imports(include=["usepolicy"]):
        from deciding import starting_engine

        from usepolicy.cli.request_streams import chunks_of_lines
        from usepolicy.enforcement.decision_lines import decision_line
        from usepolicy.enforcement.request_lines import labelled_of
        from usepolicy.errors import SchemaError
    import io

    engine = starting_engine()

    def one(data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape")
        from deciding import requests

        (decision,) = engine.decide(requests([text]))
        assert "\n" not in decision_line(decision)
        for each in decision.restrictions:
            assert all(span.end <= len(text) for span in each.spans)
        for lines in chunks_of_lines(io.BytesIO(data), 1_000):
            for number, line in lines:
                try:
                    asked = labelled_of(line or b"", number).request
                except SchemaError:
                    continue
                for told in engine.decide([asked]):
                    decision_line(told)

    seconds = sys.argv[1] if len(sys.argv) > 1 else SECONDS
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
