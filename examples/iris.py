"""Iris: a network learns to tell three species of flowers apart, and is tested on others."""

from importlib import resources

import numpy as np

from tinygrad_edu import fit, nn, optim

path = resources.files("tinygrad_edu") / "data" / "iris.csv"
rows = np.loadtxt(path.read_text("utf-8").splitlines(), str, delimiter=",", skiprows=1)
X = rows[:, :4].astype(float)
species, labels = np.unique(rows[:, 4], return_inverse=True)

order = np.random.default_rng(0).permutation(len(X))
train, test = order[:120], order[120:]
X = (X - X[train].mean(axis=0)) / X[train].std(axis=0)

network = nn.TwoLayerNetwork(4, hidden=8, outputs=3, output_activation="identity", seed=0)
history = fit(
    network,
    X[train],
    labels[train],
    loss=nn.softmax_cross_entropy,
    optimizer=optim.Adam(network.parameters(), lr=0.05),
    epochs=60,
    seed=0,
    progress=False,
)
print(f"loss {history.loss[0]:.3f} -> {history.loss[-1]:.3f}")

guesses = np.argmax(network(X[test]), axis=1)
print(f"{np.sum(guesses == labels[test])} of {len(test)} flowers right that it never saw")
for guess, label in zip(species[guesses], species[labels[test]], strict=True):
    if guess != label:
        print(f"  mistook a {label} for a {guess}")
