"""The page "Performance": what `make bench` measured of `l2norm_ref.fast` and its peers, as tables and pictures.

Contract: ``TABLES[name]()`` is Markdown or inline SVG, made from ``docs/data/performance.json`` and nothing else; what
the words say follows from its numbers.

    performance-measured    when, where and how, in a paragraph
    performance-bars        the first shape in float32, a bar for each contender
    performance-first       the same as a table, with the memory
    performance-targets     what was aimed at and what came out, in sentences
    performance-float32, performance-float64    ratios for all shapes
    performance-small       milliseconds for the two smallest shapes
    performance-growth, performance-growth-words    time against size
    performance-compile     what the first call costs
    performance-choices     each choice beside what it was chosen over
"""

from __future__ import annotations

import math
from collections.abc import Callable

import performance_data
import performance_pictures
from performance_data import Row

TARGETS = {"fast, Numba": 1.5, "fast, NumPy": 4.0}
SLACK = 0.1
"""A choice within this of the best one is called as good."""

LINEAR = 0.15
"""An exponent within this of 1 is called linear."""


def sentence() -> str:
    """Where the numbers come from."""
    data = performance_data.measured()
    machine, versions = data["machine"], ", ".join(f"{name} {number}" for name, number in data["versions"].items())
    words = [
        f"Measured on {data['date']} with `{data['command']}` on {machine['processor']}, {machine['cores']} cores, "
        f"{machine['system']} ({versions}): medians of {data['rounds']} rounds.",
        "In a round every contender takes one turn, in an order that changes, so that noise hits all alike; a ratio is "
        "the median of the ratios to the copy of the same round.",
    ]
    if data["load"][0] is not None:
        words.append(
            f"The machine did other work at the time: {data['load'][0]:g} programs wanted to run when the measurement "
            f"began, {data['load'][1]:g} when it ended."
        )
    if data["apart"]:
        words.append(f"Installed apart for the measurement: {', '.join(data['apart'])}.")
    if data["missing"]:
        words.append(f"Not there, hence not measured: {', '.join(data['missing'])}.")
    return " ".join([*words, "**Ratios carry over to other machines, roughly; times do not.**"])


def problem(name: str, dtype: str) -> Row:
    """The measurements of one shape."""
    (found,) = (p for p in performance_data.measured()["problems"] if (p["name"], p["dtype"]) == (name, dtype))
    return found


def ratios(rows: list[Row]) -> dict[str, float]:
    """The ratio to the copy by contender."""
    return {row["name"]: row["ratio"] for row in rows}


def first_table() -> str:
    """A row for each contender on the first shape."""
    shape = performance_data.first()
    heads = (
        "contender",
        "ms",
        "times the copy",
        "by the best turns",
        "times the copy into new arrays",
        "extra memory",
    )
    rows, copy = [heads, ("---", *("---:",) * 5)], shape["rows"][0]
    for row in shape["rows"]:
        best = f"{row['best'] / copy['best']:.2f}"
        fresh = f"{row['ratio_to_fresh']:.2f}" if "ratio_to_fresh" in row else ""
        rows.append(
            (_name(row), f"{row['milliseconds']:.1f}", f"{row['ratio']:.2f}", best, fresh, _size(row["memory"]))
        )
    return _table(rows)


def targets() -> str:
    """What was aimed at and what came out, for each engine with one thread and results given."""
    rows, lines = performance_data.first()["rows"], list[str]()
    peers = [row for row in rows if not row["ours"] and "copy" not in row["name"]]
    best = min(peers, key=lambda row: row["milliseconds"])
    for name, aim in TARGETS.items():
        (row,) = (row for row in rows if row["name"] == name)
        verdict = "reached" if row["ratio"] <= aim else "**not reached** in this run"
        faster = [peer["name"] for peer in peers if peer["milliseconds"] <= row["milliseconds"]]
        place = f"{best['milliseconds'] / row['milliseconds']:.1f} times as fast as the fastest peer, *{best['name']}*"
        if faster:
            place = (
                f"behind {' and '.join(f'*{peer}*' for peer in faster)}, ahead of the {len(peers) - len(faster)} others"
            )
        again = ", ".join(f"{ratio:.2f}" for ratio in repeats(name))
        lines.append(
            f"- {name}: aimed at {aim:g}, measured {row['ratio']:.2f}: {verdict}; {place}. The same call, measured "
            f"again among the [choices](#each-choice-measured): {again}."
        )
    return "\n".join(lines)


def repeats(name: str) -> list[float]:
    """The ratios of what the package does among the choices: the same call, measured again a little later."""
    found = performance_data.measured()["choices"]
    kinds = ("tile", "numbers in between") if "Numba" in name else ("block", "sums")
    return [found[kind][found["chosen"][kind]] for kind in kinds]


def shapes(dtype: str) -> str:
    """A row for each contender, a column for each shape that is large enough for ratios."""
    found = [p for p in performance_data.measured()["problems"] if p["dtype"] == dtype and not _small(p)]
    rows = [("contender", *(f"{p['name']}, {_shape(p)}" for p in found)), ("---", *("---:",) * len(found))]
    for k, row in enumerate(found[0]["rows"]):
        if row["name"] != "copy" and "new arrays" not in row["name"]:
            rows.append((_name(row), *(f"{p['rows'][k]['ratio']:.2f}" for p in found)))
    return _table(rows)


def small() -> str:
    """Milliseconds of the shapes on which a call costs more than its work."""
    found = [p for p in performance_data.measured()["problems"] if p["dtype"] == "float32" and _small(p)]
    rows = [("contender", *(f"{p['name']}, {_shape(p)}" for p in found)), ("---", *("---:",) * len(found))]
    for k, row in enumerate(found[0]["rows"]):
        rows.append((_name(row), *(f"{p['rows'][k]['milliseconds']:.3f}" for p in found)))
    return _table(rows)


def exponents(axis: str, engine: str) -> float:
    """The power of the size with which time grows, fitted from the size at which the arrays leave the cache."""
    grown = performance_data.measured()["growth"]
    points = [
        (math.log(factor), math.log(time))
        for factor, time in zip(grown["factors"], grown["axes"][axis][engine], strict=True)
        if factor >= grown["factors"][-1] / 4
    ]
    count, sums = len(points), [sum(values) for values in zip(*points, strict=True)]
    above = sum(a * b for a, b in points) - sums[0] * sums[1] / count
    return above / (sum(a * a for a, _ in points) - sums[0] ** 2 / count)


def growth_words() -> str:
    """The exponents, and whether that is linear."""
    data = performance_data.measured()
    grown = data["growth"]
    found = {(axis, engine): exponents(axis, engine) for axis in grown["axes"] for engine in grown["axes"][axis]}
    rows = [("grown", *(engine for engine in next(iter(grown["axes"].values())))), ("---", *("---:",) * 3)]
    rows += [(axis, *(f"{found[axis, engine]:.2f}" for engine in grown["axes"][axis])) for axis in grown["axes"]]
    ours = {key: power for key, power in found.items() if key[1] != "copy"}
    axis, engine = max(ours, key=lambda key: abs(ours[key] - 1))
    away = abs(ours[axis, engine] - 1)
    base = " × ".join(f"{axis} = {size}" for axis, size in grown["base"].items())
    last = grown["factors"][-1]
    verdict = (
        f"Ours are within {away:.2f} of 1: time grows linearly, give or take noise and what the cache still helps."
        if away <= LINEAR
        else f"Of ours the farthest from 1 is that of {engine} in {axis}, by {away:.2f}."
    )
    return (
        f"From {base} each size alone is made up to {last} times as large; the fastest of {data['rounds']} turns "
        f"counts. The exponent p of a fit time ~ size^p from {last // 4} to {last} times, where the arrays are larger "
        f"than the cache (1 is linear):\n\n{_table(rows)}\n\n{verdict} Smaller arrays fit into the cache, which makes "
        "them faster than linear growth says, and the copy of them, too."
    )


def compile_words() -> str:
    """Seconds of the first call."""
    found = performance_data.measured()["compile"]
    return (
        f"The first call of a kind compiles: {found['first']:.1f} s here, Numba's own import included. Numba keeps the "
        f"result beside the package (or in `NUMBA_CACHE_DIR`): the first call of the next process took "
        f"{found['kept']:.1f} s, most of it that import, and the call after it {found['next'] * 1e3:.1f} ms. "
        "The NumPy engine has no such cost."
    )


CHOICES = {
    "tile": "How many positions of a sample a tile of the loops has. Short rows cost more than they save: each is on "
    "another page of memory.",
    "numbers in between": "What the loops compute with. float64 is what makes the last digits of a float32 safe, and "
    "it stays for that, even where float32 is somewhat faster.",
    "rows at once": "How many rows of elements the loops do together, when they only add and when they write, "
    "where they go with one row of float64 numbers, which is longer than they are and would be read again for each.",
    "calls": "One call of compiled code for all tiles, or Python between the sweeps, which finds the caches full of "
    "elements.",
    "block": "The bytes of a work array of the NumPy sweeps. Small ones pay for Python, large ones leave the cache.",
    "vectors": "What the NumPy sweeps do with a factor that is the same in all rows, or all columns: copy it to all of "
    "them and multiply in place, or multiply by it, which NumPy does row by row.",
    "sums": "How the NumPy sweeps add: a product with a vector, which BLAS does, or `np.sum`.",
}


def choices() -> str:
    """A small table for each choice, and whether the numbers support it."""
    found, texts = performance_data.measured()["choices"], list[str]()
    for choice, words in CHOICES.items():
        chosen, options = found["chosen"][choice], found[choice]
        rows = [(f"**{name}**" if name == chosen else name for name in options), ("---:",) * len(options)]
        rows.append(tuple(f"{value:.2f}" for value in options.values()))
        best = min(options, key=lambda name: options[name])
        if best == chosen:
            verdict = f"{chosen} is the fastest."
        elif options[chosen] <= options[best] * (1 + SLACK):
            verdict = f"{chosen} is within {SLACK:.0%} of the fastest, {best}."
        else:
            verdict = f"In this run {best} was faster, by {options[chosen] / options[best] - 1:.0%}."
        texts.append(
            f"**{choice[0].upper()}{choice[1:]}.** {words} {verdict}\n\n{_table([tuple(row) for row in rows])}"
        )
    return "\n\n".join(texts)


def _name(row: Row) -> str:
    return f"**{row['name']}**" if row["ours"] else row["name"]


def _small(p: Row) -> bool:
    return math.prod(p["shape"]) < 1 << 16


def _shape(p: Row) -> str:
    return f"({', '.join(map(str, p['shape']))})"


def _size(number: int | None) -> str:
    if number is None:
        return "not measured"
    if not number:
        return "none seen"
    return f"{number / 2**20:.1f} MiB" if number >= 1 << 19 else f"{number / 2**10:.0f} KiB"


def _table(rows: list[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


TABLES: dict[str, Callable[[], str]] = {
    "performance-measured": sentence,
    "performance-bars": performance_pictures.bars,
    "performance-first": first_table,
    "performance-targets": targets,
    "performance-float32": lambda: shapes("float32"),
    "performance-float64": lambda: shapes("float64"),
    "performance-small": small,
    "performance-growth": performance_pictures.growth,
    "performance-growth-words": growth_words,
    "performance-compile": compile_words,
    "performance-choices": choices,
}
