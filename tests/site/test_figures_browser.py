"""The interactive figures, moved by keys, mouse and finger; what they show is compared with the reference."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page

from l2norm_ref import batch_norm_forward, caffe, l2norm_backward, l2norm_forward

SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
FIGURES = ("l2-projection", "nchw-block", "epsilon-explorer")
NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?:e[-−]?\d+)?")

NAMES = ("l2-projection", "nchw-block", "epsilon-explorer")
DEFINED = f"Promise.all({list(NAMES)}.map(name => customElements.whenDefined(name)))"


def numbers(text: str) -> list[float]:
    return [float(found.replace("−", "-")) for found in NUMBER.findall(text)]


@pytest.fixture(params=SCREENS)
def window(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(**SCREENS[request.param])
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(address + "figures/")
    page.evaluate(
        "Promise.all(['l2-projection', 'nchw-block', 'epsilon-explorer'].map(n => customElements.whenDefined(n)))"
    )
    yield page
    context.close()
    assert wrong == []


def drag_with_mouse(page: Page, handle: Locator, by: tuple[int, int]) -> None:
    box = handle.locator(".dot").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0], y + by[1], steps=4)
    page.mouse.up()


def drag_with_finger(page: Page, handle: Locator, by: tuple[int, int]) -> None:
    box = handle.locator(".dot").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for part in (0.25, 0.5, 0.75, 1):
        point = {"x": x + by[0] * part, "y": y + by[1] * part}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


# ---------------------------------------------------------------- the projection


def state_of(figure: Locator) -> dict[str, np.ndarray]:
    values = figure.locator("input").evaluate_all("inputs => inputs.map(input => [input.name, Number(input.value)])")
    return {name: np.array([v for n, v in values if n == name], dtype=float) for name in ("x", "dy", "gamma")}


def check_projection(figure: Locator) -> dict[str, np.ndarray]:
    state = state_of(figure)
    x, dy, gamma = state["x"][np.newaxis], state["dy"][np.newaxis], state["gamma"]
    y, saved = l2norm_forward(x, gamma, channel_shared=False)
    exact, _ = l2norm_backward(dy, saved)
    layer = caffe.Normalize(across_spatial=False, channel_shared=False, scale=gamma, dtype="float64")
    layer.forward(x)
    wrong = layer.backward(dy)
    for name, truth in (("y", y), ("h", gamma * dy), ("dx", exact), ("caffe", wrong)):
        shown = numbers(figure.locator(f".row-{name} td").first.inner_text())
        np.testing.assert_allclose(shown, truth[0], atol=5.001e-4, err_msg=f"{name} of {state}")
    for name, v in (("dx", exact[0]), ("caffe", wrong[0])):
        _, angle, product = figure.locator(f".row-{name} td").all_inner_texts()
        size = np.hypot(*v) * np.hypot(*state["x"])
        truth = np.degrees(np.arcsin(np.abs(state["x"] @ v) / size)) if size else 0.0
        assert numbers(angle) == [pytest.approx(truth, abs=0.0501)]
        assert numbers(product) == [pytest.approx(state["x"] @ v, abs=5.001e-4)]
    status = figure.locator(".play-status").inner_text()
    assert numbers(status)[:2] == numbers(figure.locator(".row-dx td").first.inner_text())
    return state | {"dx": exact[0], "wrong": wrong[0]}


def test_projection_by_keys(window: Page) -> None:
    figure = window.locator("l2-projection")
    start = check_projection(figure)
    np.testing.assert_allclose([start["x"], start["gamma"], start["dy"]], [[3, 4], [1, 2], [1, 0]])
    np.testing.assert_allclose([start["dx"], start["wrong"]], [[0.128, -0.096], [0.128, -0.192]], atol=1e-9)
    x, dy = figure.get_by_role("slider", name="x, the input"), figure.get_by_role("slider", name="dy, the incoming")
    dy.focus()
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowLeft", "ArrowRight"):
        window.keyboard.press(key)
    np.testing.assert_allclose(check_projection(figure)["dy"], [0.6, 0.2])
    assert dy.get_attribute("aria-valuetext") == "(0.60, 0.20)"
    x.focus()
    for key in ("Shift+ArrowDown", "ArrowLeft"):
        window.keyboard.press(key)
    np.testing.assert_allclose(check_projection(figure)["x"], [2.9, 3.5])
    for label, key in (("γ₁", "ArrowRight"), ("γ₂", "ArrowLeft"), ("γ₂", "ArrowLeft")):
        figure.get_by_label(label).focus()
        window.keyboard.press(key)
    np.testing.assert_allclose(check_projection(figure)["gamma"], [1.1, 1.8])
    x.focus()
    window.keyboard.press("Home")
    np.testing.assert_allclose(check_projection(figure)["x"], [3, 4])


def test_projection_by_mouse_and_finger(window: Page) -> None:
    figure = window.locator("l2-projection")
    figure.scroll_into_view_if_needed()
    drag = drag_with_finger if window.evaluate("navigator.maxTouchPoints") else drag_with_mouse
    unit = figure.locator(".play-picture svg").evaluate("svg => svg.getScreenCTM().a")
    scrolled = window.evaluate("scrollY")
    before = check_projection(figure)
    drag(window, figure.locator(".knob-dy"), (-60, -30))
    moved = check_projection(figure)
    step = (moved["dy"] - before["dy"]) / np.array([-60, 30]) * unit
    np.testing.assert_allclose(step, 1 / 92, rtol=0.05)  # the handle went as far as the pointer
    drag(window, figure.locator(".knob-x"), (-100, 55))
    after = check_projection(figure)
    assert np.all(after["x"] < moved["x"])
    np.testing.assert_array_equal(after["dy"], moved["dy"])
    assert window.evaluate("scrollY") == scrolled


def test_caffe_leaves_the_tangent_with_the_first_step(window: Page) -> None:
    figure = window.locator("l2-projection")
    figure.get_by_role("button", name="One scale for both").click()
    same = check_projection(figure)
    np.testing.assert_allclose(same["dx"], same["wrong"], atol=1e-12)
    assert "the same, because" in figure.locator(".play-status").inner_text()
    figure.get_by_label("γ₁").focus()
    window.keyboard.press("ArrowRight")
    check_projection(figure)
    assert numbers(figure.locator(".row-dx td").nth(1).inner_text()) == [0]
    assert numbers(figure.locator(".row-caffe td").nth(1).inner_text())[0] > 0.5


def test_projection_takes_typed_numbers_and_refuses_what_is_none(window: Page) -> None:
    figure = window.locator("l2-projection")
    for typed, expected in (("-1.25", -1.25), ("9", 5), ("", 5)):
        figure.get_by_label("x₁").fill(typed)
        figure.get_by_label("x₁").press("Enter")
        assert check_projection(figure)["x"][0] == expected
    for label in ("x₁", "x₂"):  # to 0, where there is no tangent: the second is refused
        figure.get_by_label(label).fill("0")
        figure.get_by_label(label).press("Enter")
    np.testing.assert_array_equal(check_projection(figure)["x"], [0, 4])


# ---------------------------------------------------------------- the block

FORWARD: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "L2Norm, per position (across_spatial: false)": lambda x: l2norm_forward(x, across_spatial=False)[0],
    "L2Norm, per sample (across_spatial: true)": lambda x: l2norm_forward(x, across_spatial=True)[0],
    "BatchNorm, in training": lambda x: batch_norm_forward(x)[0],
    "BatchNorm, stored statistics": lambda x: batch_norm_forward(x, mean=np.zeros(6), var=np.ones(6))[0],
    "InstanceNorm": lambda x: batch_norm_forward(x.reshape(1, 12, 4, 4))[0].reshape(x.shape),
    "GroupNorm, 2 groups": lambda x: batch_norm_forward(x.reshape(1, 4, 12, 4))[0].reshape(x.shape),
}


def lit(figure: Locator) -> np.ndarray:
    found = figure.locator(".cells rect").evaluate_all("all => all.map(rect => rect.classList.contains('lit'))")
    return np.reshape(found, (2, 6, 4, 4))


def chosen(figure: Locator) -> tuple[int, ...]:
    words = figure.locator(".play-block").get_attribute("aria-valuetext") or ""
    return tuple(int(n) - 1 for n in numbers(words))


def depends(layer: str, place: tuple[int, ...]) -> np.ndarray:
    x = np.random.default_rng(0).normal(size=(2, 6, 4, 4))
    moved = x.copy()
    moved[place] += 1
    return FORWARD[layer](moved) != FORWARD[layer](x)


def test_block(window: Page) -> None:
    figure = window.locator("nchw-block")
    names = figure.locator("option").all_inner_texts()
    assert set(FORWARD) < set(names)
    for layer in names:
        figure.locator("select").select_option(label=layer)
        window.keyboard.press("Escape")
        count = int(lit(figure).sum())
        if layer in FORWARD:
            np.testing.assert_array_equal(lit(figure), depends(layer, chosen(figure)), err_msg=layer)
        text = figure.locator(".play-status").inner_text()
        if "stored" not in layer:
            assert f" {count} numbers share it." in text
            assert re.search(rf"\b{192 // count} \w[\w ]*\.$", text)
            assert str(192 // count) in figure.locator("details tr", has_text=layer).locator("td").last.text_content()
    figure.locator("select").select_option(label="GroupNorm, 2 groups")
    figure.locator(".play-block").focus()
    for keys, place in (
        (["Home"], (0, 2, 1, 2)),
        (["ArrowRight", "ArrowRight"], (0, 3, 1, 0)),  # over into the next channel
        (["Shift+ArrowDown", "ArrowUp"], (1, 3, 0, 0)),
        (["Shift+ArrowDown", "Shift+ArrowRight"], (1, 4, 3, 0)),  # stops at the edge
    ):
        for key in keys:
            window.keyboard.press(key)
        assert chosen(figure) == place
        np.testing.assert_array_equal(lit(figure), depends("GroupNorm, 2 groups", place))
    cell = figure.locator(".cells rect").nth(16 + 5)
    cell.tap() if window.evaluate("navigator.maxTouchPoints") else cell.click()
    assert chosen(figure) == (0, 1, 1, 1)
    np.testing.assert_array_equal(lit(figure), depends("GroupNorm, 2 groups", (0, 1, 1, 1)))


# ---------------------------------------------------------------- epsilon


def check_epsilon(figure: Locator) -> tuple[float, float]:
    eps, x = numbers(figure.locator("caption").inner_text())
    for row in figure.locator(".play-modes tbody tr").all():
        mode = row.locator("code").inner_text()
        shown = [numbers(text)[-1] for text in row.locator("td").all_inner_texts()[-3:]]
        truth = []
        for at in (0.0, x):
            y, saved = l2norm_forward(np.array([[at]]), eps=eps, eps_mode=mode)
            slope, _ = l2norm_backward(np.ones((1, 1)), saved)
            truth += [y.item(), slope.item()]
        np.testing.assert_allclose(shown, truth[1:], rtol=5.01e-4, err_msg=f"{mode}, eps={eps}, x={x}")
    return eps, x


def test_epsilon(window: Page) -> None:
    figure = window.locator("epsilon-explorer")
    assert check_epsilon(figure) == (0.1, 0.25)
    for name in figure.locator("button").all_inner_texts():
        figure.get_by_role("button", name=name, exact=True).click()
        assert check_epsilon(figure)[0] == numbers(name)[0]
    for name, keys in (
        ("ε", ["Home", "ArrowRight", "ArrowRight"]),
        ("|x| up to", ["Home", "ArrowRight"]),
        ("ε", ["End"]),
    ):
        figure.get_by_role("slider", name=name, exact=True).focus()
        for key in keys:
            window.keyboard.press(key)
        check_epsilon(figure)
    figure.get_by_role("button", name="ε = 0.1", exact=True).click()
    handle = figure.get_by_role("slider", name="x: arrow keys")
    handle.focus()
    for key, expected in (("ArrowLeft", 0.23), ("Shift+ArrowLeft", 0.13), ("Home", 0.25)):
        window.keyboard.press(key)
        assert check_epsilon(figure) == (0.1, pytest.approx(expected))
        assert numbers(handle.get_attribute("aria-valuetext") or "") == [pytest.approx(expected)]
    drag = drag_with_finger if window.evaluate("navigator.maxTouchPoints") else drag_with_mouse
    handle.scroll_into_view_if_needed()
    drag(window, handle, (-90, 15))
    assert check_epsilon(figure)[1] < 0


def curve(figure: Locator, mode: str) -> np.ndarray:
    path = figure.locator(f"g .curve-{mode}").get_attribute("d") or ""
    return np.array(numbers(path.replace("M", " ").replace("L", " "))).reshape(-1, 2)


@pytest.mark.parametrize("mode", ["add_inside", "add_outside", "clamp_norm", "clamp_sum", "none"])
def test_the_curves_are_where_the_axes_say(window: Page, mode: str) -> None:
    figure = window.locator("epsilon-explorer")
    texts = figure.locator(".grid text").evaluate_all("all => all.map(t => [t.textContent, +t.getAttribute('y')])")
    rows = {text.replace("−", "-"): y for text, y in texts[:3]}
    points = curve(figure, mode)
    x = np.interp(points[:, 0], [points[:, 0].min(), points[:, 0].max()], [-1, 1])
    y, _ = l2norm_forward(x[:, np.newaxis], eps=0.1, eps_mode=mode)
    expected = np.interp(y[:, 0], [-1, 0, 1], [rows["-1"] - 5, rows["0"] - 5, rows["1"] - 5])
    off = np.abs(points[:, 1] - expected)
    assert np.all((off < 1) | (np.abs(x) < 1e-4))  # near the jump of `none` a pixel is not enough to tell the sides
    figure.get_by_label("its slope, dy/dx").check()
    assert curve(figure, mode).shape[1] == 2
    figure.locator(f"input[value={mode}]").uncheck()
    assert not figure.locator(f"g .curve-{mode}").is_visible()


# ---------------------------------------------------------------- all three


def test_targets_are_large_enough_and_only_handles_keep_the_page_from_scrolling(window: Page) -> None:
    targets = window.locator(
        ".play :is(button, select, summary, input:not([type=checkbox], [type=radio]), .hit, .cells rect)"
    )
    small = [
        (box, target.evaluate("element => element.outerHTML.slice(0, 80)"))
        for target in targets.all()
        if (box := target.bounding_box()) is not None and min(box["width"], box["height"]) < 23.99
    ]
    assert small == []
    labels = [label.bounding_box() for label in window.locator(".play label:has([type=checkbox], [type=radio])").all()]
    assert len(labels) == 7
    assert all(box is not None and min(box["width"], box["height"]) >= 24 for box in labels)
    touch = "all => [...new Set(all.map(element => getComputedStyle(element).touchAction))]"
    assert window.locator(".play-handle, .play-handle *").evaluate_all(touch) == ["none"]
    assert window.locator(".play svg, .play-block, .play-panel").evaluate_all(touch) == ["auto"]


def test_two_on_one_page_do_not_disturb_each_other(window: Page) -> None:
    window.evaluate(
        """names => names.forEach(name => document.querySelector(".md-content__inner").insertAdjacentHTML(
            "beforeend", `<div class="play"><${name}>words</${name}></div>`))""",
        list(FIGURES),
    )
    first, second = window.locator("l2-projection").all()
    second.get_by_role("button", name="dy along x").click()
    assert check_projection(second)["dy"].tolist() == [0.6, 0.8]
    assert check_projection(first)["dy"].tolist() == [1, 0]
    assert second.locator("details").text_content() == "The figure in wordswords"
    one, other = window.locator("epsilon-explorer").all()
    other.get_by_label("its slope, dy/dx").check()
    assert one.get_by_label("y = x / d").is_checked()
    ids = window.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_moves_when_the_scripts_arrive(chromium: Browser, address: str, screen: str) -> None:
    heights = []
    for late in (True, False):
        context = chromium.new_context(**SCREENS[screen])
        page = context.new_page()
        if late:
            page.route("**/figures/*.js", lambda route: route.abort())
        page.goto(address + "figures/")
        if not late:
            page.evaluate(DEFINED)
        assert page.locator(".play details").count() == (0 if late else 3)
        heights.append(page.locator(".play").evaluate_all("all => all.map(e => e.getBoundingClientRect().height)"))
        context.close()
    assert heights[0] == heights[1]


def test_without_scripts_the_words_are_there(chromium: Browser, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "figures/")
    for figure, words in zip(FIGURES, ("(0.128, −0.096)", "GroupNorm", "3.162"), strict=True):
        box = page.locator(figure).bounding_box()
        assert words in page.locator(figure).inner_text()
        assert box is not None
        assert box["height"] < 500  # no empty place for a figure that will not come
    context.close()
