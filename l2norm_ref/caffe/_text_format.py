"""The text format of protocol buffers as a tree of fields with their lines. Standard library only.

protobuf's own parser tells no lines, recurses into what it skips, and needs time quadratic in the length of a line. So
this pass goes first: it checks the syntax, counts lines, bounds the depth and keeps the fields that are asked for. What
the values mean is left to protobuf, which gets each field that is kept on a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from l2norm_ref.caffe._tokens import SyntaxFault, Tokens, checked_escapes, shown

MAX_DEPTH = 64
MAX_FIELDS = 10_000
MAX_VALUE = 10_000

_CLOSING = {"{": "}", "<": ">", "[": "]"}

Names = Mapping[str, Any]


class Field:
    """A field as it is written: its name, its line, and the text of its value or the fields in its block.

    Both are None where the field is not among those asked for: then its content was read over.
    """

    __slots__ = ("fields", "line", "name", "value")

    def __init__(self, name: str, line: int, value: str | None = None, fields: list[Field] | None = None) -> None:
        self.name, self.line, self.value, self.fields = name, line, value, fields


def scan(text: str, names: Names) -> Iterator[Field]:
    r"""The fields of a text, one after another, with the fields in them as far as `names` names them.

    Args:
        text: What to read.
        names: The names of the fields whose content is wanted: None for a scalar, a mapping likewise for a block.

    Raises:
        SyntaxFault: a text that is not in the text format, or one that is too deep or too large.

    Example:
        >>> [layer] = scan('layer {\n  name: "a" # comment\n  other < x: [1, 2] > }', {"layer": {"name": None}})
        >>> layer.line, [(field.name, field.line, field.value) for field in layer.fields]
        (1, [('name', 2, '"a"'), ('other', 3, None)])
    """
    return _Scanner(text, names).fields()


def as_lines(block: Field, drop: frozenset[str] = frozenset()) -> Iterator[tuple[str, int]]:
    """The fields in a block on lines of their own, each with the line that it came from; never deeper than scanned."""
    for inner in block.fields or ():
        if inner.name in drop or (inner.value is None and inner.fields is None):
            continue
        if inner.fields is None:
            yield f"{inner.name}: {inner.value}", inner.line
        else:
            yield f"{inner.name} {{", inner.line
            yield from as_lines(inner)
            yield "}", inner.line


@dataclass(slots=True)
class _Block:
    """An open block or list, or the file: where its fields go, the names asked for, and how it ends."""

    into: list[Field] | None  # None: read over
    names: Names | None
    end: str = ""
    line: int = 1
    opened: Field | None = None  # the field whose block this is; None for the file and for a list
    name: str = ""  # of a list's elements
    wanted: bool = False  # likewise
    filled: bool = False  # a list after an element


class _Scanner:
    """The blocks that are open, innermost last: a stack of our own, so that depth costs no recursion."""

    def __init__(self, text: str, names: Names) -> None:
        self._text, self._tokens = text, Tokens(text)
        self._done: list[Field] = []
        self._stack = [_Block(self._done, names)]
        self._kept = 0

    def fields(self) -> Iterator[Field]:
        while True:
            block = self._stack[-1]
            if block.into is None and block.end != "]":
                self._tokens.skip_scalars()
            kind, token, line = self._tokens.take()
            if kind == "end":
                self._end(block)
                return
            if kind == "mark" and token == block.end:
                self._close()
            elif block.end == "]" and block.filled:
                self._comma(block, token, line)
            else:
                self._field(block, kind, token, line)
            if self._kept > MAX_FIELDS:
                raise SyntaxFault(line, f"more than {MAX_FIELDS} fields in one block")
            if self._done and (len(self._stack) == 1 or (len(self._stack) == 2 and self._stack[1].end == "]")):
                yield from self._done
                self._done.clear()
                self._kept = 0

    def _end(self, block: _Block) -> None:
        if block.end:
            line = self._text.rstrip().count("\n") + 1
            raise SyntaxFault(
                line, f"the file ends here, inside what line {block.line} opens: {block.end!r} is missing"
            )

    def _close(self) -> None:
        opened, outer = self._stack.pop().opened, self._stack[-1]
        if opened is not None:
            self._keep(outer, opened)
        self._complete(outer)

    def _comma(self, block: _Block, token: str, line: int) -> None:
        if token != ",":
            raise SyntaxFault(line, f"expected ',' or ']' in the list that line {block.line} opens, got {shown(token)}")
        if self._tokens.at("]"):
            raise SyntaxFault(self._tokens.line, "expected a value after ',', got ']'")
        block.filled = False

    def _field(self, block: _Block, kind: str, token: str, line: int) -> None:
        """A field, or an element of a list, that begins with this token: all of it, or up to where its block begins."""
        start, in_list = line, block.end == "]"
        if in_list:
            name, colon, wanted, inner = block.name, True, block.wanted, block.names
        else:
            name = self._tokens.field_name(kind, token, line)
            colon = self._tokens.accept(":")
            wanted = block.names is not None and name in block.names
            inner = block.names[name] if wanted and block.names is not None else None
            kind, token, line = self._tokens.take()
        if kind == "mark" and token in ("{", "<"):
            opened = Field(name, start, fields=[] if wanted else None) if block.into is not None else None
            self._open(_Block(opened.fields if opened else None, inner, _CLOSING[token], line, opened))
        elif kind == "mark" and token == "[" and not in_list:
            self._open(_Block(block.into, inner, "]", line, None, name, wanted))
        elif not colon:
            raise SyntaxFault(line, f"expected ':' or '{{' after {shown(name)}, got {shown(token or 'the end')}")
        else:
            value = self._tokens.value(name, kind, token, line)
            if wanted and len(value) > MAX_VALUE:
                raise SyntaxFault(start, f"a value of more than {MAX_VALUE} characters for {shown(name)}")
            if wanted and "\\" in value:
                value = checked_escapes(value, line)
            self._keep(block, Field(name, start, value if wanted else None))
            self._complete(block)

    def _open(self, block: _Block) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise SyntaxFault(block.line, f"blocks nested deeper than {MAX_DEPTH}")
        self._stack.append(block)

    def _keep(self, block: _Block, field: Field) -> None:
        if block.into is not None:
            block.into.append(field)
            self._kept += 1

    def _complete(self, block: _Block) -> None:
        """After a field of a block, an element of a list, or a list, which completes the field that it is in."""
        block.filled = True
        if block.end != "]":
            self._tokens.separator()
