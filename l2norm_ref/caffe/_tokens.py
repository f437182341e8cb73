"""The tokens of the text format of protocol buffers, with their lines, in linear time. Standard library only."""

from __future__ import annotations

import re

# Possessive throughout: the regular expressions never step back, whatever the input.
_BLANK = r"(?:[ \t\n\r\f\v]++|\#[^\n]*+)*+"
_NAME = r"[A-Za-z_][A-Za-z0-9_]*+"
_NUMBER = r"\.?[0-9](?:[eE][+-](?=[0-9])|[0-9A-Za-z_.])*+"
_STRING = r""""[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"|'[^'\\\n]*+(?:\\[^\n][^'\\\n]*+)*+'"""

_TOKEN = re.compile(
    rf"{_BLANK}(?:(?P<name>{_NAME})|(?P<number>{_NUMBER})|(?P<string>{_STRING})|(?P<mark>[]{{}}<>:;,./[-])"
    r"|(?P<end>\Z)|(?P<other>.))",
    re.DOTALL,
)
# The escapes in strings that Caffe's and Python's protobuf read alike, and \? (which only Caffe's reads).
_ESCAPE = re.compile(r"""\\(?:[abfnrtv\\'"?]|[0-3][0-7]{0,2}|[4-7][0-7]?(?![0-7])|x[0-9a-fA-F]{1,2})""")
# A run of scalar fields with values of one token, each followed by the next name or the end of its block.
_SCALARS = re.compile(
    rf"(?:{_NAME}{_BLANK}:{_BLANK}(?:-?(?:{_NUMBER}|{_NAME})|{_STRING}){_BLANK}[,;]?{_BLANK}(?=[A-Za-z_}}>]))++"
)


class SyntaxFault(Exception):
    """What is not text format, and its line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


class Tokens:
    """The tokens of a text, with one of lookahead."""

    def __init__(self, text: str) -> None:
        self._text, self._start, self._position, self.line = text, 0, 0, 1
        self._next: tuple[str, str] = ("", "")
        self._advance()

    def _advance(self) -> None:
        match = _TOKEN.match(self._text, self._position)
        assert match is not None and match.lastgroup is not None
        kind = match.lastgroup
        start = match.start(kind)
        self.line += self._text.count("\n", self._position, start)
        self._start, self._position = start, match.end()
        self._next = kind, match[kind]

    def take(self) -> tuple[str, str, int]:
        """The next token: kind, text and line."""
        (kind, token), line = self._next, self.line
        if kind == "other":
            if token in "\"'":
                raise SyntaxFault(line, "a string that does not end on its line")
            raise SyntaxFault(line, f"unexpected character {shown(token)}")
        if kind != "end":
            self._advance()
        return kind, token, line

    def skip_scalars(self) -> None:
        """Read over scalar fields that nobody asks for, in one go: only for speed."""
        if self._next[0] == "name":
            match = _SCALARS.match(self._text, self._start)
            if match:
                self.line += self._text.count("\n", self._start, match.end())
                self._position = match.end()
                self._advance()

    def at(self, mark: str) -> bool:
        return self._next == ("mark", mark)

    def accept(self, mark: str) -> bool:
        found = self.at(mark)
        if found:
            self._advance()
        return found

    def separator(self) -> None:
        """Fields may be followed by one ',' or ';'."""
        if not self.accept(","):
            self.accept(";")

    def field_name(self, kind: str, token: str, line: int) -> str:
        """A name, or that of an extension in brackets, whose first token was taken."""
        if kind == "name":
            return token
        if token != "[" or kind != "mark":
            raise SyntaxFault(line, f"expected the name of a field, got {shown(token)}")
        while True:
            kind, token, line = self.take()
            if token == "]" and kind == "mark":
                return "[extension]"
            if kind != "name" and token not in (".", "/"):
                raise SyntaxFault(line, f"expected the name of an extension, got {shown(token or 'the end')}")

    def value(self, name: str, kind: str, token: str, line: int) -> str:
        """A number, a word or a string of one or several parts, whose first token was taken."""
        if token == "-" and kind == "mark":
            kind, token, line = self.take()
            if kind not in ("number", "name"):
                raise SyntaxFault(line, f"expected a number after '-', got {shown(token or 'the end')}")
            return f"-{token}"
        if kind == "string":
            parts = [token]
            while self._next[0] == "string":
                parts.append(self.take()[1])
            return " ".join(parts)
        if kind not in ("number", "name"):
            what = "the file ends" if kind == "end" else f"got {shown(token)}"
            raise SyntaxFault(line, f"expected a value for {shown(name)}, {what}")
        return token


def checked_escapes(value: str, line: int) -> str:
    r"""The text of a string's parts, without \? and without an escape that protobuf's parsers do not agree on."""
    if "\\" in _ESCAPE.sub("", value):
        raise SyntaxFault(line, f"an escape in a string that is none: {shown(value)}")
    return _ESCAPE.sub(lambda match: "?" if match[0] == r"\?" else match[0], value)


def shown(text: str, limit: int = 60) -> str:
    r"""A text of unknown origin in quotes, short and on one line, with nothing that a terminal obeys.

    Example:
        >>> print(shown("conv1"), shown("a\nb\x1b[2J"))
        "conv1" "a\nb\x1b[2J"
    """
    text = text if len(text) <= limit else text[: limit - 3] + "..."
    return f'"{printable(text)}"'


def printable(text: str) -> str:
    """The text with escapes for what is not printable."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
