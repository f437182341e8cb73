"""A reader of the emitted Coq text that knows no Program: definitions become Python functions, statements are decided.

Numbers are exact: fractions, or a fraction with its slope (`Slope`), by which `is_derive` is decided.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from fractions import Fraction

from l2norm_ref.symbolic.exact import exact_sqrt

TOKEN = re.compile(r"%nat|=>|->|<=|<>|[A-Za-z_]\w*|\d+|[-+*/^()<=,:~|]")
INDICES = {"sample": "samples", "channel": "channels", "position": "positions"}


@dataclass(frozen=True)
class Slope:
    """A number that moves: its value and how fast it changes."""

    value: Fraction
    slope: Fraction = Fraction(0)

    def __add__(self, other):
        other = moving(other)
        return Slope(self.value + other.value, self.slope + other.slope)

    def __sub__(self, other):
        return self + moving(other) * -1

    def __mul__(self, other):
        other = moving(other)
        return Slope(self.value * other.value, self.slope * other.value + self.value * other.slope)

    def __truediv__(self, other):
        other = moving(other)
        ratio = self.value / other.value
        return Slope(ratio, (self.slope - ratio * other.slope) / other.value)

    def __pow__(self, exponent):
        result = Slope(Fraction(1))
        for _ in range(exponent):
            result = result * self
        return result

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other):
        return moving(other) - self

    def __rtruediv__(self, other):
        return moving(other) / self

    def __neg__(self):
        return self * -1


def moving(number):
    return number if isinstance(number, Slope) else Slope(Fraction(number))


def still(number):
    return number.value if isinstance(number, Slope) else number


def root(number):
    if not isinstance(number, Slope):
        return exact_sqrt(number)
    value = exact_sqrt(number.value)
    return Slope(value, number.slope / (2 * value) if number.slope else Fraction(0))


WORDS = {
    "total": lambda size: lambda f: sum((f(i) for i in range(int(size))), Fraction(0)),
    "sqrt": root,
    "at_least": lambda q: lambda e: q if still(q) >= still(e) else e,
    "active": lambda q: lambda e: Fraction(still(q) >= still(e)),
    "reciprocal": lambda n: 1 / n if still(n) > 0 else Fraction(0),
    "INR": Fraction,
}
OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a ** int(b),
}
COMPARE = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}


class Reader:
    """Coq's arithmetic and propositions as Python closures: each is a function of the values of its names."""

    def __init__(self, text):
        self.tokens, self.at = TOKEN.findall(text), 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected=""):
        token, self.at = self.peek(), self.at + 1
        if expected and token != expected:
            raise SyntaxError(f"{expected!r} expected, {token!r} found")
        return token

    def binary(self, operators, operand):
        left = operand()
        while self.peek() in operators:
            sign, a, b = self.take(), left, operand()
            left = lambda env, sign=sign, a=a, b=b: OPERATORS[sign](a(env), b(env))  # noqa: E731
        return left

    def sum(self):
        return self.binary(("+", "-"), lambda: self.binary(("*", "/"), self.power))

    def power(self):
        if self.peek() == "-":
            self.take()
            inside = self.power()
            return lambda env: -inside(env)
        return self.binary(("^",), self.application)

    def application(self):
        head, arguments = self.atom(), []
        while self.peek() == "(" or re.match(r"(?!with\b|end\b)\w", self.peek()):
            arguments.append(self.atom())

        def value(env):
            result = head(env)
            for argument in arguments:
                result = result(argument(env))
            return result

        return value

    def atom(self):
        token = self.take()
        if token == "(":
            inside = self.function() if self.peek() == "fun" else self.sum()
            self.take(")")
        elif token == "match":
            inside = self.cases()
        elif token.isdigit():
            inside = lambda env: Fraction(token)  # noqa: E731
        elif re.match(r"[A-Za-z]", token):
            inside = lambda env: env[token]  # noqa: E731
        else:
            raise SyntaxError(f"{token!r} begins no expression")
        if self.peek() == "%nat":
            self.take()
        return inside

    def cases(self):
        index = self.take()
        for token in ("with", "O", "=>"):
            self.take(token)
        first = self.sum()
        for token in ("|", "S", "_", "=>"):
            self.take(token)
        second = self.sum()
        self.take("end")
        return lambda env: second(env) if env[index] else first(env)

    def function(self):
        self.take("fun")
        names = list(iter(self.take, "=>"))
        return curried(names, self.sum())

    def claim(self):
        """A proposition, as a function to True or False."""
        if self.peek() == "forall":
            return self.every()
        left = self.simple()
        if self.peek() != "->":
            return left
        self.take()
        right = self.claim()
        return lambda env: not left(env) or right(env)

    def every(self):
        """`forall` over indices tries all below the largest size; over anything else, takes what is given."""
        self.take("forall")
        binders = " ".join(iter(self.take, ","))
        names, inside = [name for name in binders.split() if name in INDICES], self.claim()
        top = lambda env: int(max(env[size] for size in INDICES.values())) + 1  # noqa: E731
        return lambda env: all(
            inside(env | dict(zip(names, at, strict=True)))
            for at in itertools.product(range(top(env)), repeat=len(names))
        )

    def simple(self):
        token, start = self.peek(), self.at
        if token == "~":
            self.take()
            inside = self.application()
            return lambda env: not inside(env)
        if token == "is_derive":
            self.take()
            f, at, slope = self.atom(), self.atom(), self.atom()
            return lambda env: moving(f(env)(Slope(at(env), Fraction(1)))).slope == slope(env)
        try:
            left, sign, right = self.sum(), self.take(), self.sum()
            return lambda env: COMPARE[sign](left(env), right(env))
        except (SyntaxError, KeyError):
            self.at = start
        self.take("(")
        inside = self.claim()
        self.take(")")
        if self.peek() == "%nat":
            self.take()
        return inside


def curried(names, body):
    if not names:
        return body
    inner = curried(names[1:], body)
    return lambda env: lambda value: inner(env | {names[0]: value})


def bound(binders):
    """The names in `(a b : kind) (c : kind)`."""
    return [name for group in re.findall(r"\(\s*([^:()]*?)\s*:", binders) for name in group.split()]


def whole(reader, part):
    value = part()
    assert reader.at == len(reader.tokens), reader.tokens[reader.at :]
    return value


def read(text, known=None):
    """The definitions of an emitted module, with names that are known: their values, and the names that each binds."""
    env, binders_of = WORDS | (known or {}), {}
    for name, binders, body in re.findall(r"Definition (\w+) (\([^=]*\)) : R :=\s(.*?)\.\n", text, re.DOTALL):
        reader = Reader(body)
        binders_of[name] = bound(binders)
        env[name] = curried(binders_of[name], whole(reader, reader.sum))(env)
    for name, binders, body in re.findall(r"Definition (\w+) (\([^=]*\)) : Prop :=\s(.*?)\.\n", text, re.DOTALL):
        reader = Reader(body)
        env[name] = curried(bound(binders), whole(reader, reader.claim))(env)
    return env, binders_of


def read_statement(text, name):
    """A statement: what it quantifies over, its premises, and its conclusion."""
    body = re.search(rf"Definition {name} : Prop :=\s(.*?)\.\n", text, re.DOTALL)[1]
    reader, premises = Reader(body), []
    reader.take("forall")
    names = bound(" ".join(iter(reader.take, ",")))
    while reader.peek() != "forall":
        part = reader.simple()
        if reader.peek() != "->":
            assert reader.at == len(reader.tokens)
            return names, premises, part
        reader.take()
        premises.append(part)
    return names, premises, whole(reader, reader.every)
