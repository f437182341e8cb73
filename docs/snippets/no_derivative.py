import numpy as np

from l2norm_ref import exhibits, l2norm_backward, l2norm_forward

x = np.array([[3.0, 4.0]])
dy = np.array([[1.0, 0.0]])
backwards = {name: exhibits.by_name(name).backward for name in ("darknet-cpu", "darknet-gpu", "numpynet")}

_, saved = l2norm_forward(x, eps=0.0)
derivative = [l2norm_backward(t * dy, saved)[0].ravel().round(6) for t in (0, 1, 2)]
print(f"{'derivative':12}", *derivative)
for name, backward in backwards.items():
    print(f"{name:12}", *(backward(t * dy, x, None, 0.0, (1,)).ravel().round(6) for t in (0, 1, 2)))

print("\nthe smallest counterexamples that a search found, each with its own default eps:")
for name in backwards:
    print(f"{name:12}", exhibits.by_name(name).counterexample())
