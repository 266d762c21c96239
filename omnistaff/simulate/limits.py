"""Confidence limits of ratios over replications, also where the demand that replications met is known."""

from __future__ import annotations

import math

import numpy as np

CONFIDENCE = 0.95
LEAST_EACH = 10  # replications for each thing known of their demand
SAME = 1e-9  # singular values below this share of the largest tell nothing new
MOST_PULL = 0.9  # of one replication on the line: above it the line goes where that one is


def no_moments(shape: tuple[int, ...]) -> np.ndarray:
    """Return moments of nothing, (n, d, nn, nd, dd) in the last axis; each lies together in memory."""
    return np.moveaxis(np.zeros((5, *shape)), 0, -1)


def add_moments(moments: np.ndarray, above: np.ndarray, below: np.ndarray) -> None:
    """Add the (n, d, nn, nd, dd) of replications, the first axis of *above* and *below*, to the last of *moments*."""
    pairs = ((above, above), (above, below), (below, below))
    products = (np.einsum("r...,r...->...", one, other) for one, other in pairs)
    for k, term in enumerate((above.sum(axis=0), below.sum(axis=0), *products)):
        moments[..., k] += term


def confidence_limits(
    moments: np.ndarray, replications: int, *, most: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a ratio of sums and its 95 % limits over replications, from 0 to *most*; NaN where the base is zero.

    *moments* holds sums over replications of (n, d, nn, nd, dd) in its last axis. Delta method for ratios
    (Law 2015, section 9.5), Student's t.
    """
    from scipy.special import stdtrit

    n, d, nn, nd, dd = np.moveaxis(moments, -1, 0)
    share = divide(n, d)
    squares = np.maximum(nn - 2 * share * nd + share**2 * dd, 0.0)
    error = np.sqrt(squares * replications / max(replications - 1, 1))
    half = divide(error, d) * stdtrit(max(replications - 1, 1), (1 + CONFIDENCE) / 2)
    if replications < 2:
        half = np.full_like(share, math.nan)
    return share, np.clip(share - half, 0.0, most), np.clip(share + half, 0.0, most)


def adjusted_limits(
    above: np.ndarray, below: np.ndarray, demand: np.ndarray, *, most: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ratios of sums and their 95 % limits over replications whose demand is known, from 0 to *most*.

    *above* and *below* are replications × queues; *demand* adds what is known of each replication's path (see
    ``demand_features``), less the mean over all paths; the last queue is all of them. Replications differ mostly
    because their paths do, and the demand of all paths is known: what a straight line in it explains is no error,
    and where paths were not met alike it is put right (regression estimator of surveys, Särndal, Swensson & Wretman
    1992, chapter 6; for balanced samples Deville & Tillé 2005; errors by the jackknife, MacKinnon & White 1985).
    The line is in the queue's own demand and in that of all. With few replications, or where paths do not differ,
    limits are those of ``confidence_limits``.
    """
    from scipy.special import stdtrit

    count = len(above)
    moments = no_moments(above.shape[1:])
    add_moments(moments, above, below)
    share, low, high = confidence_limits(moments, count, most=most)
    for k in np.flatnonzero(np.isfinite(share)):
        known = np.column_stack([np.ones(count), demand[:, k], demand[:, -1]])
        error, mean = above[:, k] - share[k] * below[:, k], below[:, k].mean()
        base, size, _ = np.linalg.svd(known, full_matrices=False)
        base = base[:, size > SAME * size[0]]
        pull = (base * base).sum(axis=1)  # of each replication on the line, its leverage
        freedom = count - base.shape[1]
        if base.shape[1] < 2 or count < LEAST_EACH * base.shape[1] or pull.max() > MOST_PULL:
            continue
        line = np.linalg.lstsq(known, error, rcond=SAME)[0]
        rest = (error - known @ line) / (1 - pull)
        half = stdtrit(freedom, (1 + CONFIDENCE) / 2) * math.sqrt(rest @ rest) / count / mean
        middle = share[k] + line[0] / mean
        low[k] = min(max(middle - half, 0.0), share[k])
        high[k] = max(min(middle + half, most), share[k])
    return share, low, high


def stratified_limits(
    above: np.ndarray, below: np.ndarray, path: np.ndarray, *, most: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ratios of sums and their 95 % limits where every path was met at least twice, from 0 to *most*.

    *above* and *below* are replications × queues, *path* the number of each replication's path. The paths are all
    there are, so that only what differs between replications of one path is an error (stratified sampling, Cochran
    1977, chapter 5; degrees of freedom by Satterthwaite 1946), and every path counts alike, however often it was met.
    """
    from scipy.special import stdtrit

    share, (low, high) = divide(above.sum(axis=0), below.sum(axis=0)), np.full((2, above.shape[1]), math.nan)
    met = np.bincount(path)
    for k in np.flatnonzero(np.isfinite(share)):
        error = above[:, k] - share[k] * below[:, k]
        middle, base = (np.bincount(path, values) / met for values in (error, below[:, k]))
        square = np.bincount(path, (error - middle[path]) ** 2) / (met - 1) / met  # of each path's mean
        total = square.sum()
        freedom = total**2 / np.maximum((square**2 / (met - 1)).sum(), math.ulp(0.0))
        half = stdtrit(max(freedom, 1.0), (1 + CONFIDENCE) / 2) * math.sqrt(total) / base.sum()
        centre = share[k] + middle.sum() / base.sum()
        low[k] = min(max(centre - half, 0.0), share[k])
        high[k] = max(min(centre + half, most), share[k])
    return share, low, high


def divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return *above* over *below*, NaN where there is nothing below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        result: np.ndarray = np.where(below > 0, above / below, np.nan)
    return result
