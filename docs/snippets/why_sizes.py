import numpy as np

from l2norm_ref import l2norm_forward

rng = np.random.default_rng(0)


def feature_map(size):
    x = np.maximum(rng.normal(size=(1, 512, 7, 5)), 0)  # as after a ReLU
    return size * x / x.mean()


def compare(label, large, small):
    """One layer of 64 filters reads both maps; how large is the part that comes from each?"""
    x = [part.reshape(512, -1) for part in (large, small)]  # channels by positions
    w = [rng.normal(size=(64, 512)) for _ in x]  # all weights are drawn alike
    dz = rng.normal(size=(64, 35))  # some gradient by the result z
    z = [weights @ part for weights, part in zip(w, x, strict=True)]
    dw = [dz @ part.T for part in x]
    step = [slope @ part for slope, part in zip(dw, x, strict=True)]  # what a step of dw does to z
    ratios = [np.linalg.norm(pair[0]) / np.linalg.norm(pair[1]) for pair in (z, dw, step)]
    print(f"{label:24}" + "".join(f"{ratio:12.3g}" for ratio in ratios))


large, small = feature_map(178.5), feature_map(1.0)
print(f"{'larger : smaller':24}" + "".join(f"{name:>12}" for name in ("result", "gradient", "one step")))
compare("as they are", large, small)
compare("after L2Norm", *(l2norm_forward(x, 20.0, across_spatial=False)[0] for x in (large, small)))
