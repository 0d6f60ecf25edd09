"""Findings: what a reader of the result must know about how far the text was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from usepolicy.policies.spans import Span
from usepolicy.policies.versions import Finding
from usepolicy.reading.blocks import MAX_NESTING
from usepolicy.reading.force import load_cues
from usepolicy.reading.language import READ, ForeignPart, foreign_parts

ERROR_PAGE_LENGTH = 3000
"""Code points up to which a text may be an error page; the longest seen has 400."""


def find_findings(
    text: str, view: str, language: str, too_deep: tuple[int, ...], *, names_a_use: bool
) -> tuple[Finding, ...]:
    """Return what stands against taking the silence of this reading for silence of the text.

    Args: names_a_use: whether any restriction that was read has a category.
    """
    cues = load_cues()
    found: list[Finding] = []
    if len(text) <= ERROR_PAGE_LENGTH and not names_a_use and cues.error_page.search(view):
        message = "the page says that what it should show is not available"
        found.append(Finding("error-page", message, blocks=True))
    elif language not in READ:
        found.append(_not_read(language))
    else:
        if not names_a_use:
            found.append(_nothing_found(cues.policy_words.search(view) is not None))
        found += _parts_not_read(foreign_parts(text, view))
    if too_deep:
        message = f"{len(too_deep)} lines lie deeper than {MAX_NESTING} levels and were read without their lead-ins"
        found.append(Finding("too-deep", message, Span(too_deep[0], too_deep[0]), blocks=True))
    return tuple(found)


def _not_read(language: str) -> Finding:
    read = ", ".join(sorted(READ))
    if language == "und":
        message = f"the language of the text can't be told; the built-in reader reads {read}"
    else:
        message = f"the built-in reader does not read `{language}`, only {read}"
    return Finding("language-not-read", message, blocks=True)


def _nothing_found(names_a_policy: bool) -> Finding:
    if names_a_policy:
        return Finding(
            "no-restrictions",
            "the text speaks of a policy but restricts no use that the reader knows",
        )
    return Finding("not-a-policy", "the text does not read like a policy", blocks=True)


def _parts_not_read(parts: Sequence[ForeignPart]) -> Iterator[Finding]:
    """Yield a finding for each language, at its longest part."""
    for language in sorted({part.language for part in parts}):
        spans = [part.span for part in parts if part.language == language]
        many = f"{len(spans)} parts of the text are in `{language}` and were not read"
        one = f"a part of the text is in `{language}` and was not read"
        message = one if len(spans) == 1 else many
        yield Finding("part-not-read", message, max(spans, key=len), blocks=True)
