from math import exp

rates = 80_000 * 1e-3 + 20_000 * 1e-4 + 20_000 * 1e-5  # the learning rates of all iterations, added up
print(f"{20 * exp(-5e-4 * rates / (1 - 0.9)):.2f}")  # weight decay 0.0005, momentum 0.9
