"""From the bytes of a policy file to plain values that know their lines.

Owns decoding, the choice between JSON and YAML, and what guards against hostile files: limits
on size, values and depth, no aliases, no tags, no key twice. Knows nothing of policies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Never

import yaml

from usepolicy.reading.policy_problems import Path, refuse, shown

MAX_BYTES = 20_000_000
"""Size of a file. The longest policy known to us makes a file of under 2 MB."""
MAX_VALUES = 500_000
"""Values in a file: of what is read at least 16,000 clauses, fifty times the longest policy known
to us; read back in 6 s and 400 MB (Python 3.11 on a server, 2026-11)."""
MAX_DEPTH = 32
"""Nesting. The schema needs 8 levels."""

Scalar = str | int | float | bool | None
Plain = Scalar | list["Plain"] | dict[str, "Plain"]

_PLAIN_SCALARS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
"""As in YAML 1.2: `no` and `on` are words, so that Norway (`NO`) stays Norway."""
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
"""Longer numbers stay text, which the schema then refuses: no offset has 19 digits."""
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")
)
_JSON_STRING = r'"(?:[^"\\]+|\\.)*+"?'
"""Possessive and with an optional end, so that a string never closed costs one pass, not n."""
_JSON_MARK = re.compile(rf"{_JSON_STRING}|[\[\]{{}},]", re.DOTALL)
_JSON_TOKEN = re.compile(rf"{_JSON_STRING}|[\[\]{{}},:]|[^\s\[\]{{}},:\"]+", re.DOTALL)
_FIRST_KEY = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:\s*+\[?\s*+\{\s*+"|(?:\s|[#%][^\n]*+\n|---[^\n]*+\n)*+["']?)"""
    rb"""([a-z_]++)["']?[ \t]*+:"""
)
"""The first key of the outermost mapping: of JSON, of the first in a list, of YAML behind what
holds no value. Possessive, so that any file costs one pass."""
_TAG_DIRECTIVE = re.compile("(?:^|[\n\r\x85\u2028\u2029])\ufeff?%TAG")
"""Of no use without tags; and libyaml compares each with all before it: hours for 20 MB."""
_YAML_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file and its line, counted from 1; of an entry, the line of its key."""

    line: int
    value: Scalar | list[Node] | dict[str, Node]

    def plain(self) -> Plain:
        """Return the value without its lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def line_of(self, path: Path) -> int:
        """Return the line of the value at `path`, or of the nearest one that holds it."""
        node = self
        for step in path:
            child = _child(node, step)
            if child is None:
                break
            node = child
        return node.line


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node.value, dict) and isinstance(step, str):
        return node.value.get(step)
    if isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


def read_tree(data: str | bytes, *, place: str) -> Node:
    """Return the one mapping that a file holds.

    Raises: PolicyFileError: `several-documents`, and what `read_trees` raises.
    """
    root, *more = read_trees(data, place=place)
    if more:
        message = "a second document starts here, and one is wanted"
        refuse("several-documents", message, place=place, line=more[0].line)
    return root


def read_trees(data: str | bytes, *, place: str) -> list[Node]:
    """Return the mappings that a file holds: YAML documents, or a list of JSON.

    Raises: PolicyFileError: `too-large`, `not-utf8`, `empty-file`, `invalid-json`,
            `invalid-yaml`, `not-a-mapping`, `too-deep`, `too-many-values`,
            `too-many-aliases`, `unsafe-tag`, `duplicate-key`, `invalid-key`.
    """
    text = _decode(data, place)
    start = text.lstrip()[:1]
    if not start:
        refuse("empty-file", "the file is empty", place=place)
    events = _json_events(text, place) if start in ("{", "[") else _yaml_events(text, place)
    roots = _build(events, place)
    if not roots:
        refuse("empty-file", "the file holds nothing but comments", place=place)
    if start == "[" and isinstance(roots[0].value, list):
        roots = roots[0].value or roots
    for root in roots:
        if not isinstance(root.value, dict):
            message = "a policy file is a mapping with the keys `policy` and `clauses`"
            refuse("not-a-mapping", message, place=place, line=root.line)
    return roots


def first_key(data: bytes) -> str:
    """Return the first key of a file's outermost mapping, or nothing where it seems to be none."""
    found = _FIRST_KEY.match(data)
    return found[1].decode() if found else ""


def _decode(data: str | bytes, place: str) -> str:
    try:
        raw = data.encode() if isinstance(data, str) else data
        if len(raw) > MAX_BYTES:
            message = f"the file has {len(raw):,} bytes, more than {MAX_BYTES:,}"
            refuse("too-large", message, place=place)
        return raw.decode("utf-8-sig")
    except UnicodeEncodeError as error:
        message = "the text holds half of a surrogate pair, which no UTF-8 file can hold"
        refuse("not-utf8", message, place=place, line=_line(error.object, error.start))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = "the file is not in UTF-8"
        refuse("not-utf8", message, place=place, line=line, help="save it as UTF-8")


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def count_values(value: Plain) -> int:
    """Return how many values a file of `value` holds, as MAX_VALUES counts them."""
    return (_count_events(value) + 1) // 2


def _count_events(value: Plain) -> int:
    if isinstance(value, dict):
        return 2 + sum(1 + _count_events(child) for child in value.values())
    if isinstance(value, list):
        return 2 + sum(map(_count_events, value))
    return 1


# --- One stream of events for both formats, so that one builder holds all limits. ---


@dataclass(frozen=True, slots=True)
class _Event:
    kind: str
    """One of `{`, `[`, `}` (closes either) and `=` (a scalar)."""
    line: int
    value: Scalar = None


@dataclass(frozen=True, slots=True)
class _Open:
    """A container under construction; `keys` holds the key that waits for its value."""

    node: Node
    keys: list[_Event]


def _build(events: Iterator[_Event], place: str) -> list[Node]:
    roots: list[Node] = []
    stack: list[_Open] = []
    for count, event in enumerate(events):
        if count > 2 * MAX_VALUES:
            message = f"the file holds more than {MAX_VALUES:,} values"
            refuse("too-many-values", message, place=place, line=event.line)
        if event.kind == "}":
            stack.pop()
            continue
        outermost = not stack
        node = _attach(stack, event, place)
        if outermost and node is not None:
            roots.append(node)
        if event.kind != "=" and node is not None:
            stack.append(_Open(node, []))
        if len(stack) > MAX_DEPTH:
            message = f"the file is nested more than {MAX_DEPTH} levels deep"
            refuse("too-deep", message, place=place, line=event.line)
    return roots


def _attach(stack: list[_Open], event: _Event, place: str) -> Node | None:
    """Put the value of `event` where it belongs; None where it is a key."""
    empty: dict[str, Scalar | list[Node] | dict[str, Node]] = {"{": {}, "[": [], "=": event.value}
    if not stack:
        return Node(event.line, empty[event.kind])
    parent, keys = stack[-1].node.value, stack[-1].keys
    if isinstance(parent, list):
        parent.append(node := Node(event.line, empty[event.kind]))
        return node
    assert isinstance(parent, dict)
    if not keys:
        _check_key(parent, event, place)
        keys.append(event)
        return None
    key = keys.pop()
    node = Node(key.line, empty[event.kind])
    parent[str(key.value)] = node
    return node


def _check_key(parent: dict[str, Node], event: _Event, place: str) -> None:
    if event.kind != "=" or not isinstance(event.value, str) or not event.value.isprintable():
        refuse("invalid-key", "a key must be a word", place=place, line=event.line)
    if event.value in parent:
        first = parent[event.value].line
        message = f"the key `{shown(event.value)}` stands here a second time, first on line {first}"
        refuse("duplicate-key", message, place=place, line=event.line)


# --- JSON ---


def _json_events(text: str, place: str) -> Iterator[_Event]:
    """Yield the events of a JSON text; its grammar is checked by the standard library first."""
    _check_json(text, place)
    line, last = 1, 0
    for match in _JSON_TOKEN.finditer(text):
        line += text.count("\n", last, match.start())
        last = match.start()
        token = match.group()
        if token in "{[":
            yield _Event(token, line)
        elif token in "}]":
            yield _Event("}", line)
        elif token not in ",:":
            yield _Event("=", line, _json_scalar(token))


def _json_scalar(token: str) -> Scalar:
    if token[0] == '"' and "\\" not in token:
        return token[1:-1]
    if token[0] == '"' or token in ("true", "false", "null"):
        value: Scalar = json.loads(token)
        return value
    return int(token) if _INTEGER.fullmatch(token) else token


def _check_json(text: str, place: str) -> None:
    """INVARIANT: the depth is checked before the parser recurses, so that it cannot overflow."""
    depth = 0
    for count, match in enumerate(_JSON_MARK.finditer(text)):
        token = match.group()
        depth += (token in "{[") - (token in "}]")
        if depth > MAX_DEPTH or count > 4 * MAX_VALUES:
            code = "too-deep" if depth > MAX_DEPTH else "too-many-values"
            limit = f"{MAX_DEPTH} levels" if depth > MAX_DEPTH else f"{MAX_VALUES:,} values"
            message = f"the file holds more than {limit}"
            refuse(code, message, place=place, line=_line(text, match.start()))
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        message = f"the JSON is broken: {error.msg[:1].lower()}{error.msg[1:]}"
        refuse("invalid-json", message, place=place, line=error.lineno)
    except ValueError as error:
        refuse("invalid-json", f"the JSON is broken: {error}", place=place)


def _no_constant(name: str) -> Never:
    raise ValueError(f"`{name}` is no JSON number")


# --- YAML ---


def _yaml_events(text: str, place: str) -> Iterator[_Event]:
    """Yield the events of a YAML text, straight from the parser: no object is ever constructed."""
    if directive := _TAG_DIRECTIVE.search(text):
        line = _line(text, directive.end())
        refuse("unsafe-tag", "the directive `%TAG` is not allowed", place=place, line=line)
    try:
        for event in yaml.parse(text, Loader=_YAML_LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.NodeEvent):
                yield _node_event(event, place, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                yield _Event("}", line)
    except yaml.MarkedYAMLError as error:
        _refuse_broken(error, place)
    except yaml.YAMLError as error:
        position = getattr(error, "position", 0)
        message = "the YAML is broken: it holds a control character"
        line = text.encode()[:position].count(b"\n") + 1
        refuse("invalid-yaml", message, place=place, line=line)


def _refuse_broken(error: yaml.MarkedYAMLError, place: str) -> Never:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else None
    problem = shown(error.problem or error.context)
    if "nesting depth" in problem:  # libyaml's own limit has no code but its text
        message = f"the file is nested more than {MAX_DEPTH} levels deep"
        refuse("too-deep", message, place=place, line=line)
    help = "put text that holds `: ` or ` #`, or starts with a sign, in quotes"
    message = f"the YAML is broken: {problem}"
    refuse("invalid-yaml", message, place=place, line=line, help=help)


def _node_event(event: yaml.NodeEvent, place: str, line: int) -> _Event:
    if isinstance(event, yaml.AliasEvent):
        message = f"the alias `*{shown(event.anchor)}` is not allowed"
        help = "write the value out: aliases can make a small file huge"
        refuse("too-many-aliases", message, place=place, line=line, help=help)
    tag = getattr(event, "tag", None)
    if tag is not None and tag not in _PLAIN_TAGS:
        message = f"the tag `{shown(tag)}` is not allowed"
        refuse("unsafe-tag", message, place=place, line=line, help="leave the tag out")
    if isinstance(event, yaml.ScalarEvent):
        return _Event("=", line, _yaml_scalar(event))
    return _Event("{" if isinstance(event, yaml.MappingStartEvent) else "[", line)


def _yaml_scalar(event: yaml.ScalarEvent) -> Scalar:
    value: str = event.value
    if event.style or event.tag:
        return value
    if value in _PLAIN_SCALARS:
        return _PLAIN_SCALARS[value]
    return int(value) if _INTEGER.fullmatch(value) else value
