"""What is wrong with a text that should be JSON but went through a word processor, a printer or a person.

A JSON parser stops at the first fault and speaks of bytes. Here every fault is told with its place and with what to
write instead: typographic quotes, dashes in dates and numbers, non-breaking spaces, commas too many or too few, a
member among the items of a list, braces and brackets that are missing, left over or swapped, missing outer braces.

The text is cut into tokens, and the tokens are read by a reader that always goes on. Where it must guess, it guesses
as a reader of charging profiles would: a `}` that meets an open list ends the list and the object around it, and a
member among a list's items belongs to the object that holds the list. `mend` shows what was understood; it is a
proposal for a person to look at, never something to install unseen.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal, NoReturn

__all__ = ["FAULTS_MAX", "JsonFault", "json_faults", "mend"]

FAULTS_MAX: Final = 200
"""Nobody corrects more by hand; whoever has more has sent something else."""
DEPTH_MAX: Final = 100
"""OCPP's deepest message nests 8 times."""

_DOUBLE = '"“”„‟″«»＂'
_SINGLE = "'‘’‚‛′`´"
_DASHES = "‐‑‒–—―−－"
_ODD_SPACES = "\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff"
_PLAIN_DASH = str.maketrans(dict.fromkeys(_DASHES, "-"))
_TOKEN = re.compile(
    rf"(?P<space>[ \t\r\n]+)|(?P<odd>[{_ODD_SPACES}\v\f])|(?P<mark>[{{}}\[\]:,])|(?P<quote>[{_DOUBLE}{_SINGLE}])"
    rf"|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z)|\#[^\n]*)|(?P<atom>\d{{4}}[{_DASHES}-]\d\d[{_DASHES}-]\d\d[T ]\d\d:[\w:.+{_DASHES}-]+|[\w.+{_DASHES}-]+)|(?P<junk>.)",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_LOOSE_NUMBER = re.compile(r"[+-]?(\d*)(?:\.(\d*))?([eE][+-]?\d+)?", re.ASCII)
_DATE_OR_NUMBER = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[T ].*)?|[+-]?\d+(\.\d+)?", re.ASCII)
_WORDS = {"true": "true", "false": "false", "null": "null"}
_FOREIGN_WORDS = {
    **dict.fromkeys(("True", "TRUE"), "true"),
    **dict.fromkeys(("False", "FALSE"), "false"),
    **dict.fromkeys(("None", "NULL", "Null", "nil", "NaN", "Infinity", "undefined"), "null"),
}


@dataclass(frozen=True, slots=True, order=True)
class JsonFault:
    """One fault. Lines and columns count from 1, columns in characters; `hint` says what to write instead."""

    line: int
    column: int
    what: str
    hint: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.what}; {self.hint}"


def json_faults(text: str) -> list[JsonFault]:
    """Everything that keeps `text` from being JSON, in the order of the text; nothing when it is JSON."""
    return [] if _is_json(text) else _Reader(text).read()[0]


def mend(text: str) -> str | None:
    """What `text` seems to mean, as JSON; the text itself when it is JSON; None when no meaning was found."""
    if _is_json(text):
        return text
    root = _Reader(text).read()[1]
    if root is None:
        return None
    mended = _written(root, "") + "\n"
    return mended if _is_json(mended) else None


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON, whatever Python thinks")


@dataclass(frozen=True, slots=True)
class _Token:
    """`kind` is one of the marks, or "string" or "plain" (a number or a word, as it is to be written)."""

    kind: str
    at: int
    text: str = ""


@dataclass(slots=True)
class _Open:
    """A container that is being read. `after` is what was read in it last."""

    kind: Literal["{", "["]
    at: int
    members: dict[str, Any] = field(default_factory=dict)
    items: list[Any] = field(default_factory=list)
    key: str | None = None
    key_at: int = 0
    after: Literal["start", "value", "comma", "key", "colon", "leftover"] = "start"
    comma_at: int = 0
    implied: bool = False

    @property
    def value(self) -> Any:
        return self.members if self.kind == "{" else self.items


class _Plain(str):
    """A number or a word: written without quotes."""

    __slots__ = ()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.faults: list[JsonFault] = []
        self.odd_lines: set[int] = set()
        self.stack: list[_Open] = []
        self.roots: list[Any] = []

    def fault(self, at: int, what: str, hint: str) -> None:
        line = bisect_right(self.line_starts, at)
        self.faults.append(JsonFault(line, at - self.line_starts[line - 1] + 1, what, hint))

    def read(self) -> tuple[list[JsonFault], Any]:
        """All faults, and the value that was understood (None when there was none)."""
        for token, following in pairwise([*self.tokens(), _Token("end", len(self.text))]):
            if len(self.stack) > DEPTH_MAX:
                self.fault(token.at, f"nested more than {DEPTH_MAX} deep", "this is no OCPP message")
                return sorted(self.faults), None
            self.take(token, following)
        self.end()
        if not self.faults:  # whatever the reader forgives, the parser did not
            self.fault(0, "not JSON", "look for control characters")
        return sorted(self.faults)[:FAULTS_MAX], self.roots[0] if self.roots else None

    # Cutting

    def tokens(self) -> Iterator[_Token]:
        at = 0
        while at < len(self.text):
            found = _TOKEN.match(self.text, at)
            assert found is not None, "the last alternative matches any character"
            kind, piece = found.lastgroup, found.group()
            end = found.end()
            if kind == "mark":
                yield _Token(piece, at)
            elif kind == "quote":
                token, end = self.string(at)
                yield token
            elif kind == "atom":
                yield self.atom(at, piece)
            elif kind == "odd":
                self.odd_space(at, piece)
            elif kind == "comment":
                self.fault(at, "a comment", "JSON has none: take it out")
            elif kind == "junk":
                self.fault(at, f"the character {piece!r} (U+{ord(piece):04X})", "take it out")
            at = end

    def odd_space(self, at: int, piece: str) -> None:
        line = bisect_right(self.line_starts, at)
        if line not in self.odd_lines:
            self.odd_lines.add(line)
            what = f"a blank that is no space (U+{ord(piece):04X})"
            self.fault(at, what, "write plain spaces, here and on the rest of this line")

    def string(self, at: int) -> tuple[_Token, int]:
        """A string that opens at `at`, with whatever quotes; and where the text goes on."""
        opening = self.text[at]
        family = _DOUBLE if opening in _DOUBLE else _SINGLE
        end = self.closing_quote(at, family)
        if end is None:
            newline = self.text.find("\n", at)
            line = self.text[at + 1 : newline if newline >= 0 else len(self.text)]
            raw = line.rstrip(" \t\r,}]")
            self.fault(at, "a text that is opened but not closed on its line", 'close it with "')
            return _Token("string", at, self.meaning(at, raw)), at + 1 + len(raw)
        raw = self.text[at + 1 : end]
        meaning = self.meaning(at, raw)
        if opening + self.text[end] != '""':
            what = f"quoted with {opening}{self.text[end]} instead of straight quotes"
            self.fault(at, what, f'write "{_shown(meaning)}"')
        return _Token("string", at, meaning), end + 1

    def closing_quote(self, at: int, family: str) -> int | None:
        """The first quote of the family that ends the text: on this line, and before a mark if it is not the twin."""
        opening = self.text[at]
        place = at + 1
        while place < len(self.text) and self.text[place] != "\n":
            char = self.text[place]
            if char == "\\":
                place += 1
            elif char in family and (
                char == opening
                or opening != '"'
                or re.match(r"\s*[:,}\]]", self.text[place + 1 : place + 40])
            ):
                return place
            place += 1
        return None

    def meaning(self, at: int, raw: str) -> str:
        dashed = raw.translate(_PLAIN_DASH)
        if dashed != raw and _DATE_OR_NUMBER.fullmatch(dashed):
            first = next(i for i, char in enumerate(raw) if char in _DASHES)
            what = f"a dash {raw[first]} (U+{ord(raw[first]):04X}) in a date or number"
            self.fault(at + 1 + first, what, f'write hyphens: "{_shown(dashed)}"')
            raw = dashed
        try:
            return str(json.loads(f'"{raw}"'))
        except ValueError:
            if "\\" in raw or any(char < " " for char in raw):
                self.fault(
                    at,
                    "a backslash or control character that JSON does not know",
                    r"write \\ for a backslash",
                )
            return raw

    def atom(self, at: int, piece: str) -> _Token:
        if _NUMBER.fullmatch(piece) or piece in _WORDS:
            return _Token("plain", at, piece)
        if piece in _FOREIGN_WORDS:
            self.fault(at, f"{piece} is not a word of JSON", f"write {_FOREIGN_WORDS[piece]}")
            return _Token("plain", at, _FOREIGN_WORDS[piece])
        plain = piece.translate(_PLAIN_DASH)
        number = _LOOSE_NUMBER.fullmatch(plain)
        if number and (number[1] or number[2]):
            sign = "-" if plain.startswith("-") else ""
            whole, fraction = (number[1] or "").lstrip("0") or "0", f".{number[2]}" if number[2] else ""
            better = f"{sign}{whole}{fraction}{number[3] or ''}"
            self.fault(at, f"{_shown(piece)} is not how JSON writes a number", f"write {better}")
            return _Token("plain", at, better)
        self.fault(at, f"{_shown(piece)} stands without quotes", f'write "{_shown(plain)}"')
        return _Token("string", at, plain)

    # Reading

    def take(self, token: _Token, following: _Token) -> None:
        """One token, whatever was expected."""
        if token.kind in "{[":
            self.before_value(token)
            self.stack.append(_Open("{" if token.kind == "{" else "[", token.at))
        elif token.kind in "}]":
            self.close(token)
        elif token.kind == ":":
            self.colon(token)
        elif token.kind == ",":
            self.comma(token)
        else:
            self.scalar(token, following)

    def scalar(self, token: _Token, following: _Token) -> None:
        value: Any = token.text if token.kind == "string" else _Plain(token.text)
        inside = self.stack[-1] if self.stack else None
        if inside is None or inside.after not in {"key", "colon"}:
            names_what_follows = following.kind in {"string", "plain", "{", "["}
            if following.kind == ":" or (inside is not None and inside.kind == "{" and names_what_follows):
                self.name(token)
                return
        self.before_value(token)
        self.put(value, token.at)

    def name(self, token: _Token) -> None:
        """A member's name: something with a colon behind it."""
        if not self.stack:
            if not self.roots:
                self.fault(
                    token.at, "the outer braces are missing", "write { before this and } at the very end"
                )
            self.stack.append(_Open("{", token.at, implied=True))
        inside = self.stack[-1]
        self.need_comma(inside, token.at)
        if inside.kind == "[":
            what = f'the member "{_shown(token.text)}" stands among the items of a list'
            hint = "close the list with ] before it, so that it belongs to the object around the list"
            self.fault(token.at, what, hint)
        elif token.kind == "plain":
            self.fault(
                token.at,
                f"the name {_shown(token.text)} stands without quotes",
                f'write "{_shown(token.text)}"',
            )
        inside.key, inside.key_at, inside.after = token.text, token.at, "key"

    def before_value(self, token: _Token) -> None:
        """Is a value right here? Tells what is missing before it."""
        if not self.stack:
            if self.roots:
                self.fault(
                    token.at,
                    "the text goes on after its end",
                    "take out what follows, or make it a list in [ ]",
                )
            return
        inside = self.stack[-1]
        if inside.after == "key":
            self.fault(token.at, "the colon is missing between a name and its value", "write : before this")
        elif inside.after != "colon":
            self.need_comma(inside, token.at)
            if inside.kind == "{":
                self.fault(token.at, "a value without a name in an object", 'write "name": before it')
                inside.key = f"unnamed{len(inside.members) + 1}"

    def need_comma(self, inside: _Open, at: int) -> None:
        if inside.after == "value":
            self.fault(at, "a comma is missing before this", "write , after what stands before")
        elif inside.after in {"key", "colon"}:
            self.fault(
                at, f'the name "{_shown(inside.key or "")}" has no value', "write its value, or take it out"
            )

    def put(self, value: Any, at: int) -> None:
        """A value is complete: it goes where it belongs."""
        if not self.stack:
            self.roots.append(value)
            return
        inside = self.stack[-1]
        if inside.key is None:
            inside.items.append(value)
        else:
            home = inside
            if inside.kind == "[":  # the object around the list, if there is one
                home = next((outer for outer in reversed(self.stack) if outer.kind == "{"), inside)
            if inside.key in home.members:
                self.fault(
                    at, f'the name "{_shown(inside.key)}" stands twice in one object', "keep one of the two"
                )
            home.members[inside.key] = value
        inside.key, inside.after = None, "value"

    def colon(self, token: _Token) -> None:
        inside = self.stack[-1] if self.stack else None
        if inside is not None and inside.after == "key":
            inside.after = "colon"
        else:
            self.fault(token.at, "a colon without a name before it", "take it out, or write the name")

    def comma(self, token: _Token) -> None:
        inside = self.stack[-1] if self.stack else None
        if inside is None:
            self.fault(token.at, "a comma outside of all braces", "take it out")
        elif inside.after in {
            "value",
            "leftover",
        }:  # a comma behind a bracket too many is told of with the bracket
            inside.after, inside.comma_at = "comma", token.at
        else:
            self.fault(token.at, "a comma too many", "take it out")

    def close(self, token: _Token) -> None:
        opening = "{" if token.kind == "}" else "["
        if not any(part.kind == opening for part in self.stack):
            self.fault(token.at, f"a {token.kind} that closes nothing", "take it out")
            if self.stack:
                self.stack[-1].after = "leftover"
            return
        while self.stack[-1].kind != opening:
            inner = self.stack[-1]
            missing = "}" if inner.kind == "{" else "]"
            what = f"a {token.kind} where the {inner.kind} of line {self.line_of(inner.at)} is still open"
            self.fault(token.at, what, f"write {missing} first")
            self.leave()
        self.leave()

    def leave(self) -> None:
        """The innermost container ends here."""
        ended = self.stack.pop()
        if ended.after == "comma":
            closing = "}" if ended.kind == "{" else "]"
            self.fault(ended.comma_at, "a comma after the last part", f"take it out: {closing} follows")
        elif ended.after in {"key", "colon"}:
            self.fault(
                ended.key_at,
                f'the name "{_shown(ended.key or "")}" has no value',
                "write its value, or take it out",
            )
        self.put(ended.value, ended.at)

    def line_of(self, at: int) -> int:
        return bisect_right(self.line_starts, at)

    def end(self) -> None:
        end = max(len(self.text.rstrip()) - 1, 0)
        while self.stack:
            inner = self.stack[-1]
            missing = "}" if inner.kind == "{" else "]"
            what = (
                f"the {inner.kind} of line {self.line_of(inner.at)} is"
                if not inner.implied
                else "the outer braces are"
            )
            self.fault(end, f"the text ends, but {what} still open", f"write {missing} at the end")
            self.leave()
        if not self.roots:
            self.fault(0, "there is nothing to read", "write a JSON object, beginning with {")


def _shown(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def _written(value: Any, indent: str) -> str:
    """The value as JSON, indented; numbers digit by digit as they stood."""
    if isinstance(value, _Plain):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    inner = indent + "  "
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(name, ensure_ascii=False)}: {_written(part, inner)}" for name, part in value.items()
        ]
        return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}}}" if parts else "{}"
    parts = [_written(part, inner) for part in value]
    return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}]" if parts else "[]"
