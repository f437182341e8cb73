import numpy as np

from l2norm_ref import l2norm_forward, presets


def keras_layer(x, gamma):  # 1: K.l2_normalize over the last axis, then gamma, which starts at 20
    return x / np.sqrt(np.maximum(np.sum(x * x, axis=3, keepdims=True), 1e-12)) * gamma


def early_return(x, gamma):  # 2: tf.math.l2_normalize over the last axis is returned; gamma comes too late
    return x / np.sqrt(np.maximum(np.sum(x * x, axis=3, keepdims=True), 1e-12))


def from_scratch(x, gamma):  # 3: square, sum over the last axis, square root, divide, multiply
    return gamma * (x / np.sqrt(np.sum(x * x, axis=3, keepdims=True)))


def rescale_factors(x, gamma):  # 4: the line from PyTorch, channels first
    return x / np.sqrt(np.sum(x * x, axis=1, keepdims=True)) * gamma[None, :, None, None]


def f_normalize(x, gamma):  # 5: torch.nn.functional.normalize(x, p=2, dim=1), channels first, without gamma
    return x / np.maximum(np.sqrt(np.sum(x * x, axis=1, keepdims=True)), 1e-12)


VARIANTS = {  # the variant, the preset that it equals, what is replaced in it, and whether gamma is passed to it
    keras_layer: (presets.SSD_KERAS, {}, True),
    early_return: (presets.TENSORFLOW, {}, False),
    from_scratch: (presets.A_PYTORCH_TUTORIAL, {"channel_axis": -1}, True),
    rescale_factors: (presets.A_PYTORCH_TUTORIAL, {}, True),
    f_normalize: (presets.TORCH_NORMALIZE, {}, False),
}


def compare(variant, length, rng):
    """Largest relative differences: from the preset, and from SSD's layer in Caffe, at features of that length."""
    preset, replaced, scaled = VARIANTS[variant]
    arguments = preset | replaced
    x = rng.normal(size=(2, 3, 5, 7))
    x *= length / np.sqrt(np.sum(x * x, axis=1, keepdims=True))
    gamma = rng.uniform(5, 35, 3)
    ssd, _ = l2norm_forward(x, gamma, **presets.SSD_CAFFE)
    if arguments["channel_axis"] == -1:
        x, ssd = np.moveaxis(x, 1, -1), np.moveaxis(ssd, 1, -1)
    computed = variant(x, gamma)
    y, _ = l2norm_forward(x, gamma if scaled else None, **arguments)
    return np.max(np.abs(computed / y - 1)), np.max(np.abs(computed / ssd - 1))


if __name__ == "__main__":
    print(f"{'variant':16}{'preset':20}{'length':>8}{'off the preset':>16}{'off SSD in Caffe':>18}")
    for variant, (preset, _, _) in VARIANTS.items():
        for length in (100.0, 1e-7):
            off, ssd = compare(variant, length, np.random.default_rng(0))
            print(f"{variant.__name__:16}{preset.name:20}{length:8g}{off:16.0e}{ssd:18.1e}")
    with np.errstate(invalid="ignore"):
        zeros = np.zeros((1, 2, 2, 2))
        print("NaN at zero:", *(v.__name__ for v in VARIANTS if np.isnan(v(zeros, np.ones(2))).any()))
