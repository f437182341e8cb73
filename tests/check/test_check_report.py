"""What a report shows: fixed width, honest JSON, escaped HTML."""

import dataclasses
import json
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest
from check_kernels import kernel, spoilt

from l2norm_ref import exhibits
from l2norm_ref.check import CheckFailed, Report, Result, check_l2norm

SSD = {"across_spatial": False, "channel_shared": False}
BAD = "<script>alert('&')</script>"


def hostile(x, scale):
    if x.shape[1] == 1:
        raise ValueError(BAD)
    return np.full_like(x, np.nan) if x.shape[1] == 2 else -kernel(**SSD)[0](x, scale)


def caffe_report(**arguments):
    forward, backward = kernel(**SSD)
    caffe = exhibits.by_name("caffe").backward
    assert caffe is not None
    return check_l2norm(
        forward,
        lambda dy, x, scale: (caffe(dy, x, scale, x.dtype.type(1e-10), (1,)), backward(dy, x, scale)[1]),
        **SSD,
        **arguments,
    )


REPORTS = {
    "right": lambda: check_l2norm(*kernel(**SSD), **SSD),
    "caffe": caffe_report,
    "hostile": lambda: check_l2norm(hostile, hostile, dtypes=("float16", "float64"), **SSD),
    "no scale": lambda: check_l2norm(*kernel(), has_scale=False),
}


@cache
def made(name):
    return REPORTS[name]()


@pytest.fixture(params=REPORTS)
def report(request):
    return made(request.param)


def test_text(report):
    lines = str(report).splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0].startswith("PASSED: " if report.passed else "FAILED: ")
    assert all(line == line.rstrip() for line in lines)
    table = [line for line in lines if line.split("  ")[-1] and any(line.startswith(r.fixture) for r in report.results)]
    assert len(table) >= len({(r.fixture, r.dtype) for r in report.results})
    assert ("failures:" in lines) == (not report.passed)
    assert ("diagnosis:" in lines) == bool(report.diagnosis)
    text = " ".join(" ".join(lines).split())
    assert report.tolerances["y"] in text
    assert all(sentence in text for sentence in report.diagnosis)


def test_counts():
    report = caffe_report()
    wrong = {(r.fixture, r.dtype) for r in report.failures}
    deciding = [r for r in report.results if r.decides]
    fixtures = {(r.fixture, r.dtype) for r in deciding}
    head = f"FAILED: {len(wrong)} of {len(deciding)} results, in {len(wrong)} of {len(fixtures)} fixtures; add_inside"
    assert str(report).startswith(head)
    assert {r.output for r in report.failures} == {"dx"}
    assert str(report).count(" FAIL ") == len(wrong)
    off = {(r.fixture, r.dtype) for r in report.results if not r.passed} - wrong
    assert str(report).count(" off  ") == len(off)


def test_json(report):
    def refuse(constant):
        raise AssertionError(constant)

    record = json.loads(report.to_json(), parse_constant=refuse)
    assert (record["version"], record["layer"]) == (1, "l2norm")
    assert record["passed"] == report.passed
    assert record["settings"]["eps"] == 1e-10 and record["settings"]["eps_mode"] == "add_inside"
    assert len(record["results"]) == len(report.results)
    assert set(record["results"][0]) == {field.name for field in dataclasses.fields(Result)}
    assert record["diagnosis"] == list(report.diagnosis)
    assert record["notes"] == list(report.notes)
    assert record["lengths"]["odd sizes"]["K"] in (67, 737)


def test_what_is_not_finite_is_a_string():
    record = json.loads(made("hostile").to_json())
    assert {r["got"] for r in record["results"] if r["fixture"] == "few elements"} >= {"nan"}
    assert any(r["relative"] == "inf" for r in record["results"])


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.open, self.scopes = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open.append(tag)
        if tag == "th":
            self.scopes.append(dict(attrs)["scope"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_html(report):
    outline = Outline()
    outline.feed(report._repr_html_())
    assert outline.open == []
    assert "script" not in outline.tags
    assert {"table", "caption", "thead", "tbody", "th", "td"} <= outline.tags
    assert outline.scopes.count("row") == len({(r.fixture, r.dtype) for r in report.results})
    assert set(outline.scopes) == {"row", "col"}


def test_raise_for_failures():
    with pytest.raises(CheckFailed, match=r"(?s)^FAILED: .*failures:.*diagnosis:.*exhibit caffe") as caught:
        caffe_report().raise_for_failures()
    assert isinstance(caught.value, AssertionError)
    assert "fixture  " not in str(caught.value)  # no table


def test_frozen():
    report = made("right")
    assert isinstance(report, Report)
    for thing in (report, report.results[0]):
        with pytest.raises(dataclasses.FrozenInstanceError):
            thing.mode = "other"  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("eps_mode", ["add_outside", "clamp_sum"])
def test_the_worst_element_is_where_the_spoilt_one_is(eps_mode):
    mode = {"eps": 1e-6, "eps_mode": eps_mode, **SSD}

    def one_wrong(y, x, scale):
        if x.shape == (2, 3, 5, 7):
            y = y.copy()
            y[1, 2, 3, 4] *= 1.5
        return y

    report = check_l2norm(*spoilt(mode, y=one_wrong), dtypes=("float32",), **mode)
    failure = next(r for r in report.failures if r.fixture == "non-uniform scale")
    assert failure.index == (1, 2, 3, 4)
    assert failure.got == pytest.approx(1.5 * failure.expected, rel=1e-5)
    assert failure.relative == pytest.approx(0.5, rel=1e-4)
    assert 0.5 * 2**22 < failure.ulp < 0.5 * 2**25
    assert failure.message.startswith("y[1, 2, 3, 4] is ")


def test_a_difference_in_the_last_digits_is_shown():
    mode = {"eps": 1e-6, **SSD}
    report = check_l2norm(*spoilt(mode, y=lambda y, x, scale: y * (1 + 1e-13)), dtypes=("float64",), **mode)
    words = report.failures[0].message.replace(",", "").replace(":", "").split()
    assert words[words.index("is") + 1] != words[words.index("expected") + 1]
