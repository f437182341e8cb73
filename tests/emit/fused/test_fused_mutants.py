"""Every edit of a statement of the printed kernels is found: the tests of `l2norm_ref.fast` compute something else."""

import itertools
import re

import numpy as np
import pytest

from l2norm_ref import fast, l2norm_backward, l2norm_forward
from l2norm_ref.emit.fused import fused_files
from l2norm_ref.fast import _blocked, _engines, _loops, _numbers, _problem, _tiles

FILES = fused_files()

EDITS = (
    (r" - (?=x_i \*)", " + "),
    (r"\br_i\b(?! =)", "q_i"),
    (r"\bgamma_i\d? \* ", ""),
    (r"np\.subtract", "np.add"),
    (r"(?<=, )q(?=\b.*out=w_k)", "r"),
    (r"(?<=copyto\(w_k, )q", "r"),
    (r"(?<=copyto\(work\[1\], )\w+", "1"),
    (r"(?<=multiply\(g_k, )\w+", "g_k"),
    (r"gamma(_k)? @ w_k", "ones[: len(w_k)] @ w_k"),
    (r" \+= ", " = "),
    (r"\bdy_([ik]\d?)\b(?! =)", r"x_\1"),
    (r"\b(r_k @)", r"0 * \1"),
    (r"@ r\b", "@ (0 * r)"),
    (r"\br \* (?=\()", ""),
    (r"range\((?=x\.shape)", "range(1, "),
    (r"range\(first, last\)", "range(first, last - 1)"),
    (r"start:stop", ":stop - start"),
    (r"\[sample - first", "[first - sample + 1"),
    (r"position - start", "position"),
    (r"start \+ (?=work)", ""),
    (r"channel \+ \d", "channel"),
    (r"range\(rest\)", "range(rest - 1)"),
    (r"range\(rest, ", "range(rest + 1, "),
    (r"(?<=places\] = )0", "1"),
    (r"work\[0, place\]", "work[1, place]"),
    (r"range\(places\)", "range(places - 1)"),
    (r"(?<= )\+ (?=x_i)", "- "),
)
"""What is looked for in the statements of the sweeps, and what is put there instead."""

ONCE = re.compile(r"^ *(s|p2)(_k \+=|\[sample|_row\[position\] \+= x_i )")
"""What is added to an array of zeros, and once, or first of all: there `=` is as good."""


def mutants(text):
    """The text with one place in one statement edited."""
    lines = text.splitlines(keepends=True)
    for k, line in enumerate(lines):
        if '"""' in line or line.startswith("def "):
            continue
        for pattern, other in EDITS:
            if other == " = " and ONCE.match(line):
                continue
            for match in re.finditer(pattern, line):
                edited = line[: match.start()] + match.expand(other) + line[match.end() :]
                yield "".join([*lines[:k], edited, *lines[k + 1 :]])


NUMBERS = (
    ("r**2 * p", "r * p"),
    ("p = r * p2", "p = p2"),
    ("np.sqrt(s + eps)", "np.sqrt(s)"),
    ("d = n + eps", "d = n"),
    ("np.maximum(n, eps)", "n"),
    ("np.maximum(s, eps)", "s"),
    ("where(n >= eps", "where(n >= 0"),
    ("where(s >= eps", "where(s >= 0"),
    ("r * p / np.where(0 >= n, 1, n)", "r * p"),
    ("r * p / n", "r * p"),
    ("if n >= eps", "if n >= 0"),
    ("if s >= eps", "if s >= 0"),
    ("eps_mode == 1", "eps_mode == 0"),
    ("eps_mode == 2", "eps_mode == 1"),
    ("eps_mode == 3", "eps_mode == 2"),
)
"""What is looked for in the functions of the denominators, in arrays or in numbers, and what is put there instead."""

EPS = (("add_inside", 0.5), ("add_outside", 0.5), ("clamp_norm", 1.5), ("clamp_sum", 2.0))


def _edited(text, old, new):
    """The statements that have `old` in them, in all functions, with `new` there."""
    return "".join(line if '"""' in line else line.replace(old, new) for line in text.splitlines(keepends=True))


@pytest.mark.parametrize(
    ("module", "part"),
    [("_loops", "sweeps"), ("_blocked", "sweeps"), ("_loops", "numbers"), ("_numbers", "numbers")],
)
def test_an_edited_kernel_computes_something_else(monkeypatch, module, part):
    """So the tests of `l2norm_ref.fast` fail: they hold every case against the truth, as here against the reference."""
    rng = np.random.default_rng(1)
    path = {"_loops": "fast/_loops.py", "_blocked": "fast/_blocked.py", "_numbers": "fast/_numbers.py"}[module]
    genuine = {"_loops": _loops, "_blocked": _blocked, "_numbers": _numbers}[module]
    engine = "numba" if module == "_loops" else "numpy"
    monkeypatch.setattr(_engines, "compiled", lambda name: getattr(_loops, name))
    monkeypatch.setattr(_problem, "available", lambda: True)
    monkeypatch.setattr(_engines, "BLOCK_BYTES", 40)  # several blocks of rows
    monkeypatch.setattr(_tiles, "ROW", 1)
    monkeypatch.setattr(_engines.Blocked, "row", 1)
    cases = []
    for axis in (1, -1):
        for across in (False, True):
            for eps_mode, eps in EPS if part == "numbers" else EPS[:1]:  # the sweeps know of no denominator
                shape = (2, 5, 2, 2) if axis == 1 else (2, 2, 2, 5)  # 5 channels: 1, then 4 at once or pairs
                x, dy = rng.normal(size=(2, *shape))
                mode = {"across_spatial": across, "channel_shared": False, "channel_axis": axis}
                mode |= {"eps": eps, "eps_mode": eps_mode}
                scale = rng.normal(size=5)
                y, saved = l2norm_forward(x, scale, precision="plain", **mode)
                cases.append((x, scale, dy, mode, (y, *l2norm_backward(dy, saved))))

    def right():
        for tile_bytes, (x, scale, dy, mode, wanted) in itertools.product((160, 640), cases):
            monkeypatch.setattr(_tiles, "TILE_BYTES", tile_bytes)  # two tiles of a sample, or a tile of both samples
            y, saved = fast.l2norm_forward(x, scale, engine=engine, **mode)
            apart = (y, *fast.l2norm_backward(dy, saved))
            together = fast.l2norm_forward_backward(x, scale, dy, engine=engine, **mode)
            for found in (apart, together):
                if not all(np.allclose(a, b, rtol=1e-10, atol=1e-12) for a, b in zip(found, wanted, strict=True)):
                    return False
        return True

    assert right()
    if part == "numbers":
        edits = [_edited(FILES[path], old, new) for old, new in NUMBERS if old in FILES[path]]
    else:
        edits = list(mutants(FILES[path]))
    assert len(set(edits)) == len(edits) >= 7 and FILES[path] not in edits
    survivors = []
    functions = {name: value for name, value in vars(genuine).items() if callable(value)}
    for edit in edits:
        changed = {}
        exec(compile(edit, path, "exec"), changed)
        try:
            for name in functions:
                setattr(genuine, name, changed[name])
            _engines._arguments.cache_clear()
            if right():
                survivors.append(edit)
        except (NameError, IndexError, TypeError, ValueError):
            pass  # killed as well
        finally:
            for name, value in functions.items():
                setattr(genuine, name, value)
            _engines._arguments.cache_clear()
    first = FILES[path].splitlines()
    assert not [[b for a, b in zip(first, edit.splitlines(), strict=True) if a != b] for edit in survivors]
