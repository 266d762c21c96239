"""In which order replications meet the forecast's paths: so that the first of them, however many, stand for all."""

from __future__ import annotations

import numpy as np


def representative_order(features: np.ndarray) -> np.ndarray:
    """Return the numbers of the rows of *features*, ordered so that any first of them are like all.

    Each next row is the one with which those taken so far come nearest to all rows in energy distance (Székely &
    Rizzo 2013; greedy support points, Mak & Joseph 2018). Columns count alike, in units of their deviation.
    """
    from scipy.spatial.distance import cdist

    deviation = features.std(axis=0)
    scaled = features[:, deviation > 0] / deviation[deviation > 0]
    apart = cdist(scaled, scaled) if scaled.size else np.zeros((len(features), len(features)))
    far, taken = apart.mean(axis=0), np.zeros(len(features))
    order = np.empty(len(features), dtype=np.int64)
    left = np.ones(len(features), dtype=bool)
    for k in range(len(order)):
        distance = np.where(left, far - taken / (k + 1), np.inf)
        order[k] = np.argmin(distance)
        left[order[k]] = False
        taken += apart[order[k]]
    return order


def demand_features(paths: np.ndarray) -> np.ndarray:
    """Return what is known of paths before anything is simulated, from contacts by path, queue and interval.

    By path, queue and all queues together: contacts as a share of their mean, and how far they are above it, since
    it is loaded paths that miss promises; each less its mean over paths.
    """
    contacts = paths.sum(axis=2)
    contacts = np.column_stack([contacts, contacts.sum(axis=1)])
    mean = contacts.mean(axis=0)
    share = np.divide(contacts, mean, out=np.ones_like(contacts), where=mean > 0) - 1
    above = np.maximum(share, 0.0)
    return np.stack([share, above - above.mean(axis=0)], axis=2)
