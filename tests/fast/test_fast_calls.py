"""How the fast functions are called: arguments, `out`, threads, memory, imports."""

import os
import tracemalloc

import numpy as np
import pytest
from test_import import fresh

from l2norm_ref import fast, l2norm_forward
from l2norm_ref.fast import _compiled, _engines, _problem, _run, _tiles
from l2norm_ref.fast._layout import Layout, layout_of

SHAPE = (2, 3, 4, 5)
MODE = {"across_spatial": False, "channel_shared": False}


def arrays(shape=SHAPE, dtype="float32", seed=0):
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(size=(2, *shape)).astype(dtype)
    return x, rng.normal(size=shape[1]), dy


BAD = [
    {"x": "no array"},
    {"x": np.ones((2, 3), int)},
    {"x": np.ones(3)},
    {"scale": np.ones(4)},
    {"scale": 1.0},
    {"across_spatial": 1},
    {"eps": -1.0},
    {"eps_mode": "inside"},
    {"channel_axis": 0},
    {"axes": (1, 1)},
    {"axes": "channels"},
]


@pytest.mark.parametrize("change", BAD, ids=str)
def test_wrong_arguments_are_refused_in_the_words_of_the_reference(change):
    x, scale, dy = arrays()
    mode = {"x": x, "scale": scale, **MODE, **change}
    first, second = mode.pop("x"), mode.pop("scale")
    with pytest.raises((TypeError, ValueError)) as ours:
        fast.l2norm_forward_backward(first, second, dy, **mode)
    with pytest.raises((TypeError, ValueError)) as theirs:
        l2norm_forward(first, second, **mode)
    assert (type(ours.value), str(ours.value)) == (type(theirs.value), str(theirs.value))


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"engine": "jax"}, ValueError, "engine: expected one of 'numba', 'numpy', got str 'jax'"),
        ({"threads": 0}, ValueError, "threads: expected an int >= 1 or None, got int 0"),
        ({"threads": True}, TypeError, "threads: expected an int >= 1 or None, got True"),
    ],
)
def test_engine_and_threads(arguments, kind, words):
    x, scale, dy = arrays()
    with pytest.raises(kind) as error:
        fast.l2norm_forward_backward(x, scale, dy, **MODE, **arguments)
    assert str(error.value) == words


def test_dy_and_saved_are_checked():
    x, scale, dy = arrays()
    _, saved = fast.l2norm_forward(x, scale, engine="numpy", **MODE)
    with pytest.raises(ValueError, match="dy: expected the shape of y"):
        fast.l2norm_backward(dy[0], saved)
    with pytest.raises(TypeError, match="dy: expected a real array"):
        fast.l2norm_backward(dy.astype(int), saved)
    with pytest.raises(TypeError, match=r"saved: expected what l2norm_ref\.fast\.l2norm_forward returned"):
        fast.l2norm_backward(dy, l2norm_forward(x, scale, **MODE)[1])
    with pytest.raises(ValueError, match="dy: expected the shape of y"):
        fast.l2norm_forward_backward(x, scale, dy[0], **MODE)


def read_only(x):
    array = np.empty_like(x)
    array.setflags(write=False)
    return array


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda x, dy: np.empty_like(x), TypeError, "out: expected None or a tuple of arrays (y, dx)"),
        (lambda x, dy: (np.empty_like(x),), ValueError, "out: expected 2 arrays, y, dx, got a tuple of 1"),
        (lambda x, dy: ([], None), TypeError, "out, y: expected a NumPy array of shape (2, 3, 4, 5) and dtype float32"),
        (lambda x, dy: (np.empty(SHAPE), None), TypeError, "out, y: expected dtype float32, that of x"),
        (lambda x, dy: (None, np.empty((2, 3), "f4")), ValueError, "out, dx: expected the shape of x, (2, 3, 4, 5)"),
        (lambda x, dy: (read_only(x), None), ValueError, "out, y: expected an array that can be written to"),
        (lambda x, dy: (x, None), ValueError, "out, y: expected an array that shares no memory with x"),
        (lambda x, dy: (None, dy), ValueError, "out, dx: expected an array that shares no memory with dy"),
        (lambda x, dy: (None, x[:, :, ::-1]), ValueError, "out, dx: expected an array that shares no memory with x"),
        (lambda x, dy: (y := np.empty_like(x), y), ValueError, "out, dx: expected an array that shares no memory with"),
        (
            lambda x, dy: (np.lib.stride_tricks.as_strided(np.empty(3, "f4"), SHAPE, (0, 4, 0, 0)), None),
            ValueError,
            "out, y: expected an array with a place for each element",
        ),
    ],
)
def test_out_is_checked(make, kind, words):
    x, scale, dy = arrays()
    with pytest.raises(kind) as error:
        fast.l2norm_forward_backward(x, scale, dy, make(x, dy), **MODE)
    assert words in str(error.value)


def test_out_is_filled_and_returned(engine):
    x, scale, dy = arrays()
    wanted = fast.l2norm_forward_backward(x, scale, dy, engine=engine, **MODE)
    interleaved = np.full((*SHAPE, 2), np.nan, np.float32)  # two arrays that lie between each other
    for y, dx in ((np.full_like(x, np.nan), np.full_like(x, np.nan)), (interleaved[..., 0], interleaved[..., 1])):
        found = fast.l2norm_forward_backward(x, scale, dy, (y, dx), engine=engine, **MODE)
        assert found[0] is y and found[1] is dx
        assert all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))
        y[...] = dx[...] = np.nan
        first, saved = fast.l2norm_forward(x, scale, out=y, engine=engine, **MODE)
        second, _ = fast.l2norm_backward(dy, saved, out=(dx,))
        assert first is y and second is dx
        np.testing.assert_allclose(y, wanted[0], rtol=1e-6)
        np.testing.assert_allclose(dx, wanted[1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("across_spatial", [False, True])
@pytest.mark.parametrize("channel_axis", [1, -1])
def test_threads_do_not_change_a_bit(quick_engine, monkeypatch, across_spatial, channel_axis):
    """Tiles so small that there are many of them, whichever thread takes which."""
    monkeypatch.setattr(_tiles, "TILE_BYTES", 1 << 10)
    monkeypatch.setattr(_tiles, "ROW", 7)
    monkeypatch.setattr(_engines.Blocked, "row", 7)
    x, scale, dy = arrays((7, 6, 11, 6))
    mode = {"across_spatial": across_spatial, "channel_shared": False, "channel_axis": channel_axis}
    alone = fast.l2norm_forward_backward(x, scale, dy, engine=quick_engine, threads=1, **mode)
    for threads in (1, 2, 5):
        for _ in range(3):
            again = fast.l2norm_forward_backward(x, scale, dy, engine=quick_engine, threads=threads, **mode)
            assert all(np.array_equal(a, b) for a, b in zip(again, alone, strict=True))
    monkeypatch.undo()
    whole = fast.l2norm_forward_backward(x, scale, dy, engine=quick_engine, **mode)
    for a, b in zip(whole, alone, strict=True):  # other tiles, other orders of the sums
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_small_arrays_stay_in_one_thread():
    assert _run.default_threads(100) == 1
    assert _run.default_threads(1 << 20) == len(os.sched_getaffinity(0))


@pytest.mark.parametrize("shape", [(4, 256, 30, 30), (4, 30, 30, 256), (64, 2048, 1, 1)])
@pytest.mark.parametrize("across_spatial", [False, True])
def test_extra_memory(quick_engine, shape, across_spatial):
    """Of NumPy at most the work arrays of one sample, of Numba at most 1 MiB; the results are given."""
    channel_axis = -1 if shape[-1] == 256 else 1
    rng = np.random.default_rng(0)
    x, dy, y, dx = rng.normal(size=(4, *shape)).astype(np.float32)
    scale = rng.normal(size=shape[channel_axis])
    mode = {"across_spatial": across_spatial, "channel_shared": False, "channel_axis": channel_axis}

    def call():
        fast.l2norm_forward_backward(x, scale, dy, (y, dx), engine=quick_engine, threads=1, **mode)

    call()  # Numba compiles and loads
    tracemalloc.start()
    try:
        call()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    two_arrays = 2 * x[0].nbytes if shape[0] == 4 else 2 * x.nbytes  # vectors: one sample of many positions
    assert peak <= (1 << 20 if quick_engine == "numba" else two_arrays)


def test_nothing_but_numpy_is_imported_until_a_loop_is_compiled():
    code = """
import l2norm_ref.fast as fast
print([name for name in sys.modules if name.partition(".")[0] in ("numba", "llvmlite", "sympy")])
y, dx, _ = fast.l2norm_forward_backward([[3.0, 4.0]], None, [[1.0, 0.0]], eps=0, engine="numpy")
print(y.tolist(), [name for name in sys.modules if name.partition(".")[0] in ("numba", "llvmlite", "sympy")])
"""
    assert fresh(code).splitlines() == ["[]", "[[0.6000000000000001, 0.8]] []"]


def test_without_numba_numpy_does_it():
    code = """
import l2norm_ref.fast as fast
print(fast.l2norm_forward_backward([[3.0, 4.0]], None, [[1.0, 0.0]], eps=0)[1].round(12).tolist())
try:
    fast.l2norm_forward([[3.0, 4.0]], engine="numba")
except ModuleNotFoundError as error:
    print(error)
"""
    gone = "import importlib.util, sys\nfind = importlib.util.find_spec\n"
    gone += "importlib.util.find_spec = lambda name, *rest: None if name == 'numba' else find(name, *rest)\n"
    lines = fresh(gone + code, ("numba",)).splitlines()
    assert lines == ["[[0.128, -0.096]]", "engine: 'numba' is not installed; pip install 'l2norm_ref[fast]'"]


def test_the_compiled_loops_are_kept(quick_engine):
    """A second process need not compile again: the files are there."""
    if quick_engine == "numpy":
        pytest.skip("NumPy compiles nothing")
    x, scale, dy = arrays()
    fast.l2norm_forward_backward(x, scale, dy, engine="numba", **MODE)
    stats = _compiled.compiled("ncs_over_c_both").stats  # pyright: ignore[reportFunctionMemberAccess]
    assert stats.cache_path and sum(stats.cache_hits.values()) + sum(stats.cache_misses.values()) >= 1
    assert any(name.endswith(".nbc") for name in os.listdir(stats.cache_path))


def test_no_folder_to_keep_them_in(monkeypatch):
    pytest.importorskip("numba")
    import numba

    def refuses(cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(numba, "njit", refuses)
    _compiled.compiled.cache_clear()
    _compiled.linked.cache_clear()
    try:
        assert _compiled.compiled("ncs_over_c_forward").__name__ == "ncs_over_c_forward"
    finally:
        _compiled.compiled.cache_clear()
        _compiled.linked.cache_clear()


@pytest.mark.parametrize(
    ("shape", "channel", "reduced", "expected"),
    [
        ((2, 3, 5, 7), 1, (1,), Layout("ncs", "c", (2, 3, 35))),
        ((2, 5, 7, 3), 3, (3,), Layout("nsc", "c", (1, 70, 3))),
        ((2, 5, 3, 7), 2, (2,), Layout("ncs", "c", (10, 3, 7))),
        ((2, 3, 5, 7), 1, (1, 2, 3), Layout("ncs", "cs", (2, 3, 35))),
        ((2, 5, 7, 3), 3, (1, 2, 3), Layout("nsc", "sc", (2, 35, 3))),
        ((2, 5, 3, 7), 2, (1, 2, 3), None),
        ((2, 3, 5, 7), 1, (2, 3), None),
        ((2, 3, 1, 1), 1, (1, 2, 3), Layout("nsc", "c", (1, 2, 3))),
        ((1, 3, 5, 7), 1, (0, 1), Layout("ncs", "c", (1, 3, 35))),
        ((2, 3, 5, 7), 1, (0, 1), None),
        ((5,), None, (0,), Layout("nsc", "c", (1, 1, 5))),
    ],
)
def test_layouts(shape, channel, reduced, expected):
    assert layout_of(shape, channel, reduced) == expected


@pytest.mark.parametrize("itemsize", [4, 8])
@pytest.mark.parametrize(
    "layout",
    [
        Layout("ncs", "c", (8, 512, 1444)),
        Layout("ncs", "c", (3, 512, 9000)),
        Layout("ncs", "c", (1000, 3, 2)),
        Layout("nsc", "c", (1, 11552, 512)),
        Layout("nsc", "c", (1, 100_000, 2)),
        Layout("nsc", "c", (1, 1, 10**7)),
        Layout("ncs", "cs", (8, 512, 1024)),
        Layout("nsc", "sc", (9000, 5, 7)),
        Layout("ncs", "c", (1, 1, 10**6)),
    ],
    ids=str,
)
def test_tiles_cover_everything_once(layout, itemsize):
    found = _tiles.tiles(layout, itemsize)
    seen = np.zeros((layout.shape[0], layout.places), int)
    for tile in found:
        seen[tile.first : tile.last, tile.start : tile.stop] += 1
        assert 0 < tile.shape[0] * tile.shape[1] <= _tiles.PLACES
    assert np.all(seen == 1)
    groups = _tiles.chunks(found, layout.channels)
    assert [tile for group in groups for tile in group] == found
    assert all(groups) and len(groups) <= _tiles.CHUNKS
    sizes = [len(group) for group in groups]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(("there", "expected"), [(True, "numba"), (False, "numpy")])
def test_the_engine_is_numba_where_it_is_installed(monkeypatch, there, expected):
    x, scale, _ = arrays()
    found = []
    monkeypatch.setattr(_problem, "available", lambda: there)
    monkeypatch.setattr("l2norm_ref.fast._l2norm.compute", lambda what, of, dy, results: found.append(of.engine))
    fast.l2norm_forward(x, scale, **MODE)
    assert found == [expected]
