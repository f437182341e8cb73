"""The generated functions, compiled or imported and run: every target, mode and denominator, against the reference."""

import ast
import ctypes
import itertools
import os
import shutil
import subprocess
from functools import cache

import numpy as np
import pytest
from torch_gate import import_torch

from l2norm_ref import l2norm_backward, l2norm_forward, presets
from l2norm_ref.emit.generate import TAKEN, TARGETS, Variant, generate
from l2norm_ref.symbolic import DENOMINATORS

EPS = {"add_inside": 0.3, "add_outside": 0.3, "clamp_norm": 1.2, "clamp_sum": 1.5, "none": 0.0}
MODES = [
    {"across_spatial": across, "channel_shared": shared, "channel_axis": axis}
    for across, shared, axis in itertools.product((False, True), (False, True), (1, -1))
] + [{"axes": axes, "channel_shared": False} for axes in ("all", "spatial", (0,))]
COMPILER = shutil.which("cc")


def example(mode, dtype="float64", zeros=False, seed=0):
    channels = 3
    shape = (2, channels, 5, 4) if mode.get("channel_axis", 1) == 1 else (2, 5, 4, channels)
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(size=(2, *shape)).astype(dtype)
    if zeros:
        x[0] = 0
    scale = rng.uniform(0.5, 2, channels) * [1, -1, 1]
    return x, dy, np.float64(-1.5) if mode["channel_shared"] else scale


def expected(x, dy, scale, mode):
    y, saved = l2norm_forward(x, scale, **mode)
    return (y, *l2norm_backward(dy, saved))


def every_mode(test):
    modes = pytest.mark.parametrize("mode", MODES, ids=lambda mode: "-".join(map(str, mode.values())))
    return modes(pytest.mark.parametrize("eps_mode", list(DENOMINATORS))(test))


def close(found, wanted, bound=1e-13):
    for a, b in zip(found, wanted, strict=True):
        if b is None:
            assert a is None
            continue
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=bound, atol=bound * max(1, np.max(np.abs(b), initial=0)))


def cases(mode, eps_mode):
    """With and without a scale, with zero vectors too, and without eps."""
    for scale, zeros, eps in itertools.product((True, False), (False, True), (EPS[eps_mode], 0.0)):
        full = {**mode, "eps_mode": eps_mode, "eps": eps}
        x, dy, gamma = example(mode, zeros=zeros)
        yield full, x, dy, gamma if scale else None


@every_mode
def test_numpy(mode, eps_mode):
    for full, x, dy, gamma in cases(mode, eps_mode):
        namespace = {}
        exec(generate(full, "numpy", scale=gamma is not None), namespace)
        inputs = (x,) if gamma is None else (x, gamma)
        with np.errstate(all="raise"):
            found = (namespace["l2norm_forward"](*inputs), *namespace["l2norm_backward"](dy, *inputs))
        close(found, expected(x, dy, gamma, full))


@every_mode
def test_torch(mode, eps_mode):
    torch = import_torch()
    for full, x, dy, gamma in cases(mode, eps_mode):
        namespace = {}
        exec(generate(full, "torch", scale=gamma is not None), namespace)
        inputs = [torch.tensor(value, requires_grad=True) for value in (x, gamma) if value is not None]
        y = namespace["l2norm"](*inputs)
        y.backward(torch.tensor(dy))
        gradients = [value.grad.numpy() for value in inputs] + [None] * (gamma is None)
        close((y.detach().numpy(), *gradients), expected(x, dy, gamma, full))


def test_torch_passes_gradcheck():
    torch = import_torch()
    namespace = {}
    exec(generate(presets.SSD_CAFFE, "torch"), namespace)
    x, _, gamma = example(presets.SSD_CAFFE)
    inputs = [torch.tensor(value, requires_grad=True) for value in (x, gamma)]
    assert torch.autograd.gradcheck(namespace["l2norm"], inputs)


@every_mode
def test_torch_differentiates_it_twice(mode, eps_mode):
    """Against central differences of the gradient; an intermediate that was saved would count as a constant."""
    torch = import_torch()
    for scale in (True, False):
        namespace = {}
        exec(generate({**mode, "eps_mode": eps_mode, "eps": EPS[eps_mode]}, "torch", scale=scale), namespace)
        x, dy, gamma = example(mode)
        inputs = [torch.tensor(value, requires_grad=True) for value in (x, gamma)][: 1 + scale]
        given = [torch.tensor(dy, requires_grad=True)]
        assert torch.autograd.gradgradcheck(namespace["l2norm"], inputs, given, fast_mode=True)


@pytest.mark.parametrize(("eps_mode", "eps"), [*EPS.items(), ("add_inside", 0.0), ("clamp_sum", 0.0)])
def test_torch_says_where_the_second_derivative_is_nan(eps_mode, eps):
    torch = import_torch()
    text = generate({"eps_mode": eps_mode, "eps": eps}, "torch", scale=False)
    namespace = {}
    exec(text, namespace)
    x = torch.zeros((1, 3), dtype=torch.float64, requires_grad=True)
    (dx,) = torch.autograd.grad(namespace["l2norm"](x), x, torch.ones_like(x), create_graph=True)
    (second,) = torch.autograd.grad(dx.sum(), x)
    assert torch.isfinite(dx).all()
    assert bool(torch.isnan(second).any()) == ("at a zero vector that gives NaN" in text)


def need_compiler():
    """CI must have one; elsewhere these tests are skipped without."""
    if COMPILER is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("there is no C compiler (cc)")


@cache
def library(text, real, folder):
    """The C text as a shared library, compiled with every warning an error."""
    need_compiler()
    path = folder / f"{abs(hash((text, real)))}.c"
    path.write_text(text)
    made = path.with_suffix(".so")
    strict = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror", f"-DREAL={real}"]
    subprocess.run([COMPILER, *strict, "-shared", "-fPIC", str(path), "-o", str(made), "-lm"], check=True)
    return ctypes.CDLL(str(made))


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


def run_c(text, x, dy, gamma, mode, folder):
    """Call both functions on arrays of x's dtype."""
    real = {"float32": "float", "float64": "double"}[str(x.dtype)]
    compiled = library(text, real, folder)
    n, c = x.shape[0], x.shape[mode.get("channel_axis", 1)]
    sizes = [ctypes.c_size_t(size) for size in (n, c, x.size // (n * c))]
    x, dy, y, dx = np.ascontiguousarray(x), np.ascontiguousarray(dy), np.full_like(x, np.nan), np.full_like(x, np.nan)
    if gamma is None:
        compiled.l2norm_forward(*sizes, pointer(x), pointer(y))
        compiled.l2norm_backward(*sizes, pointer(x), pointer(dy), pointer(dx))
        return y, dx, None
    weights = np.ascontiguousarray(gamma, x.dtype).reshape(-1)
    dgamma = np.full(weights.shape, np.nan)
    compiled.l2norm_forward(*sizes, pointer(x), pointer(weights), pointer(y))
    compiled.l2norm_backward(*sizes, pointer(x), pointer(dy), pointer(weights), pointer(dx), pointer(dgamma))
    return y, dx, dgamma.reshape(np.shape(gamma))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("c")


@every_mode
def test_c(mode, eps_mode, folder):
    full, x, dy, gamma = next(iter(cases(mode, eps_mode)))
    text = generate(full, "c")
    close(run_c(text, x, dy, gamma, full, folder), expected(x, dy, gamma, full))


@pytest.mark.parametrize("name", ["SSD_CAFFE", "TORCHVISION_SSD", "ONNX", "TENSORFLOW", "CHAINER"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_c_of_presets_with_zeros(name, dtype, folder):
    mode = dict(presets.get(name))
    x, dy, gamma = example(mode, dtype, zeros=True)
    gamma = np.asarray(gamma, dtype)
    text = generate(mode, "c")
    y, dx, dgamma = run_c(text, x, dy, gamma, mode, folder)
    bound = 1e-12 if dtype == "float64" else 1e-6
    close((y, dx, dgamma.astype(dtype)), expected(x, dy, gamma.astype("float64"), mode), bound)


SANITIZED = """
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    const size_t samples = 2, channels = 3, positions = 5, size = 2 * 3 * 5;
    real *x = malloc(size * sizeof(real)), *dy = malloc(size * sizeof(real));
    real *y = malloc(size * sizeof(real)), *dx = malloc(size * sizeof(real)), *gamma = malloc(channels * sizeof(real));
    double *dgamma = malloc(channels * sizeof(double));
    double total = 0;
    for (size_t i = 0; i < size; ++i) { x[i] = (real)i - 7; dy[i] = (real)(i % 3); }
    for (size_t i = 0; i < channels; ++i) gamma[i] = (real)(i + 1);
    l2norm_forward(samples, channels, positions, x, gamma, y);
    l2norm_backward(samples, channels, positions, x, dy, gamma, dx, dgamma);
    l2norm_backward(0, channels, positions, x, dy, gamma, dx, dgamma);
    l2norm_forward(samples, 0, positions, x, gamma, y);
    for (size_t i = 0; i < size; ++i) total += y[i] + dx[i];
    printf("%.6f\\n", total);
    free(x); free(dy); free(y); free(dx); free(gamma); free(dgamma);
    return 0;
}
"""


@pytest.mark.parametrize("mode", MODES[:4], ids=str)
def test_c_under_the_sanitizers(mode, tmp_path):
    """Exactly allocated arrays: a read or write outside, an overflow or a leak ends the program with an error."""
    need_compiler()
    path = tmp_path / "program.c"
    path.write_text(generate({**mode, "channel_shared": False}, "c") + SANITIZED)
    flags = [
        "-std=c99",
        "-g",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all",
    ]
    subprocess.run([COMPILER, *flags, str(path), "-o", str(tmp_path / "program"), "-lm"], check=True)
    run = subprocess.run([str(tmp_path / "program")], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert np.isfinite(float(run.stdout))


def test_every_preset_is_generated():
    for preset in presets.ALL.values():
        for target in TARGETS:
            for scale in (True, False):
                text = generate(preset, target, scale=scale)
                assert text.endswith("}\n" if target == "c" else "\n")
                assert max(map(len, text.splitlines())) <= 120


def test_the_text_says_what_it_computes():
    text = generate(presets.TORCHVISION_SSD, "c")
    assert "d = maximum(n, eps)" in text
    assert "dx = h / d - x * <x, h> / d**3 [n >= eps]" in text
    assert "dgamma = sum(dy * xhat, over samples, positions)" in text
    assert "const double eps = 1e-12;" in text
    assert "eps" not in generate(presets.ONNX, "c").replace("axes", "")
    assert "1 / d counts as 0" in generate(presets.ONNX, "numpy")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target": "fortran"}, "target: expected one of numpy, torch, c, got 'fortran'"),
        ({"name": "l2-norm"}, "name: expected an identifier in ASCII, got 'l2-norm'"),
        ({"name": "größe"}, "name: expected an identifier in ASCII, got 'größe'"),
        ({"name": None}, "name: expected an identifier in ASCII, got None"),
        ({"mode": {"epsilon": 1}}, "mode: expected arguments of l2norm_forward, got epsilon"),
        ({"mode": {"channel_axis": 2}}, "channel_axis: expected 1 or -1, got 2"),
        ({"mode": {"eps_mode": "max"}}, "eps_mode: expected one of add_inside, .*, got 'max'"),
        ({"mode": {"eps": -1}}, r"eps: expected a finite number >= 0, got -1\.0"),
        ({"mode": {"axes": (2, 3)}}, r"axes: expected None, 'all', 'spatial', \(0,\) or \(1,\), got \(2, 3\)"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        generate(**{"mode": {}, **arguments})


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["class", "None", "True", "import", "torch", "np", "EPS", "tuple", "range", "double"])
def test_names_that_would_break_the_text_are_refused(target, name):
    with pytest.raises(ValueError, match=f"name: expected no keyword and no name that the text uses .*, got '{name}'"):
        generate({}, target, name=name)


@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_every_name_that_the_python_text_reads_is_taken(target):
    """A function of one of these names would hide what the text needs."""
    for mode in MODES:
        tree = ast.parse(generate({**mode, "eps_mode": "none"}, target)), ast.parse(generate(mode, target))
        nodes = [node for part in tree for node in ast.walk(part)]
        functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
        local = {arg.arg for node in functions for arg in node.args.args}
        local |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        read = {node.id for node in nodes if isinstance(node, ast.Name)}
        made = {"L2normFunction", "staticmethod"}
        assert read - (local - {"EPS"}) - made <= TAKEN


def test_a_variant_names_its_axes():
    assert Variant.of({}).over == "cs"
    assert Variant.of({"axes": "all"}, scale=False).gamma_axes is None
    assert Variant.of({"axes": (-1,), "channel_axis": -1}).over == "c"
