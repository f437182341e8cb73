"""A small training kit and the experiment on fused features: does it matter which layer joins feature maps?

The layers under test are the public functions of this package; what else a network needs is here, in NumPy.

    normalization   L2Norm, BatchNorm, Scale and their relatives as layers with parameters and gradients
    layers          convolution, dense, ReLU, pooling, concatenation, sum, softmax cross-entropy
    response        local response normalisation
    digits          the data, from scikit-learn (extra `experiments`)
    network         a small network whose classifier reads the features of three layers
    train           stochastic gradient descent with momentum and weight decay
    fusion          the grid of runs, and its file docs/data/fusion.json
    claims          what the runs say about seven statements
    scales          what weight decay alone does to a scale

`python -m l2norm_ref.experiments fusion --out FILE` runs the grid.
"""
