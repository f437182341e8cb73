"""The network: its gradients are those of the whole, and the size factor changes one thing only."""

import numpy as np
import pytest
from experiment_gradients import close, complex_step

from l2norm_ref.experiments.join import Concat, Sum
from l2norm_ref.experiments.layers import cross_entropy
from l2norm_ref.experiments.methods import COMPARED, METHODS, SPREADS, scales_around_20
from l2norm_ref.experiments.network import FusionNetwork

RNG = np.random.default_rng(0)
X, LABELS = RNG.uniform(size=(6, 1, 8, 8)).astype(np.float32), np.array([3, 1, 4, 1, 5, 9])


def network(method="concat", **options):
    maker, joint = METHODS[method]
    scales = np.random.default_rng(7)
    return FusionNetwork(None if maker is None else lambda: maker(scales), joint(), np.random.default_rng(1), **options)


def gradients(net):
    loss, dlogits = cross_entropy(net.forward(X, True), LABELS)
    net.backward(dlogits)
    return loss, [g.copy() for layer in net.layers() for g in layer.gradients.values()]


@pytest.mark.parametrize("joint", [Concat, Sum])
def test_joints(joint):
    rng = np.random.default_rng(2)
    maps = [rng.normal(size=(2, 3, 4, 5)) for _ in range(3)]
    join = joint()
    y = join.forward(maps)
    dy = rng.normal(size=y.shape)
    forward = (lambda *m: np.concatenate(m, axis=1)) if joint is Concat else (lambda *m: m[0] + m[1] + m[2])
    assert np.allclose(y, forward(*maps), rtol=1e-15)
    for found, expected in zip(join.backward(dy), complex_step(forward, maps, dy), strict=True):
        assert close(found, expected, tolerance=1e-14)


@pytest.mark.parametrize("method", ["concat", "sum", "l2norm 20 channel", "group norm", "response norm"])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_step_along_the_gradient_changes_the_loss_as_it_says(method, batch_norm):
    # The parts are checked to the last digits elsewhere; this is about how they are put together. Along a smooth
    # direction that touches every parameter the loss changes by the inner product with the gradient.
    def moved(step):
        net = network(method, batch_norm=batch_norm, size_factor=4.0)
        loss, found = gradients(net)
        slope = sum(float(np.sum(np.square(g.astype(float)))) for g in found)
        for layer in net.layers():
            for name, parameter in layer.parameters.items():
                parameter += (step / slope * layer.gradients[name]).astype(np.float32)
        return cross_entropy(net.forward(X, True), LABELS)[0] - loss

    up, down = moved(1e-2), moved(-1e-2)
    assert up - down == pytest.approx(2e-2, rel=0.03)


@pytest.mark.parametrize("method", COMPARED)
def test_every_method_has_a_gradient_for_every_parameter(method):
    net = network(method)
    _, found = gradients(net)
    parameters = [parameter for layer in net.layers() for parameter in layer.parameters.values()]
    assert [g.shape for g in found] == [p.shape for p in parameters]
    assert all(np.any(g) for g in found)
    learned = "l2norm" in method and "fixed" not in method
    assert len(parameters) == 8 + 3 * learned + 6 * (method.split()[0] in ("batch", "layer", "group", "instance"))


def test_the_size_factor_changes_the_first_tap_and_nothing_after_it():
    plain, larger = network(), network(size_factor=32.0)
    plain.forward(X, True)
    larger.forward(X, True)
    first, *others = zip(plain.taps, larger.taps, strict=True)
    assert np.array_equal(32 * first[0], first[1])
    assert all(np.array_equal(a, b) for a, b in others)


@pytest.mark.parametrize("method", [m for m in COMPARED if m not in ("concat", "sum", "response norm")])
def test_what_normalises_forgets_the_factor_in_training_too(method):
    # Why the grid does not run these cells with the factor: the loss and all gradients are the same to rounding.
    loss, plain = gradients(network(method))
    other, larger = gradients(network(method, size_factor=32.0))
    # LayerNorm and its kin forget it up to eps = 1e-5, which counts for positions with faint features.
    tolerance = 1e-5 if "l2norm" in method else 0.05
    assert loss == pytest.approx(other, rel=tolerance)
    assert all(close(a, b, tolerance=tolerance) for a, b in zip(plain, larger, strict=True))


def test_batch_norm_forgets_the_factor():
    plain, larger = network(batch_norm=True), network(batch_norm=True, size_factor=32.0)
    assert close(plain.forward(X, True), larger.forward(X, True), tolerance=2e-3)
    assert not close(network().forward(X, True), network(size_factor=32.0).forward(X, True), tolerance=0.5)


def test_shares_by_hand():
    net = network("concat", size_factor=4.0)
    gradients(net)
    logits, squares = net.shares()
    weight, own, by_weight = net.classifier.parameters["weight"], [], []
    for tap, feature in enumerate(net.taps):
        columns = slice(256 * tap, 256 * (tap + 1))
        own.append(np.var(feature.reshape(6, -1).astype(float) @ weight[:, columns].T.astype(float), axis=0).sum())
        by_weight.append(np.square(net.classifier.gradients["weight"][:, columns].astype(float)).sum())
    assert np.allclose(logits, np.array(own) / sum(own), rtol=1e-6)
    assert np.allclose(squares, np.array(by_weight) / sum(by_weight), rtol=1e-5)
    assert logits[0] > 0.8


@pytest.mark.parametrize("spread", SPREADS.values())
def test_spread_scales(spread):
    scales = scales_around_20(spread, np.random.default_rng(0))
    assert scales.max() == pytest.approx(20 * spread)
    assert scales.min() == pytest.approx(20 / spread)
    assert np.exp(np.mean(np.log(scales))) == pytest.approx(20)
    in_order = np.all(np.diff(scales) >= 0) or np.all(np.diff(scales) <= 0)
    assert in_order == (spread == 1)
