"""Load that is not known: the service of a rate that is itself random.

A forecast is a distribution. Given the rate the queue is as always; the rate has a gamma distribution with the
forecast's mean and coefficient of variation, so numbers of arrivals are over-dispersed (negative binomial). Expected
service weighs each rate by the contacts it brings; certainty asks that a promise is kept at the rate that is not
passed with that probability, as service falls with the rate. Source: Harrison & Zeevi 2005; Gurvich, Luedtke & Tezcan
2010.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from omnistaff.queueing.domain import Floats, Numbers, broadcast, require, shaped
from omnistaff.queueing.inverse import fewest_kept, most_arrivals
from omnistaff.queueing.measures import queue_measures
from omnistaff.queueing.search import fewest_agents

POINTS = 64  # of the Gauss-Hermite rule in normal scores


def rate_quantile(arrivals_per_s: Numbers, *, cv: Numbers, level: Numbers) -> Floats:
    """Return the arrivals a second that are not passed with probability *level*.

    >>> float(rate_quantile(100, cv=0.1, level=0.9).round(2))
    113.01
    """
    shape, (mean, spread, share) = broadcast(arrivals_per_s=arrivals_per_s, cv=cv, level=level)
    require(share < 1, "level has a value of 1 or more: no rate is certain not to be passed")
    form = np.maximum(spread, 1e-9) ** -2.0
    factor = np.where(spread > 0, special.gammaincinv(form, share) / form, 1.0)
    return shaped(mean * factor, shape)


def expected_service(
    *,
    arrivals_per_s: Numbers,
    cv: Numbers,
    handle_s: Numbers,
    servers: Numbers,
    within_s: Numbers = 0.0,
    patience_s: Numbers | None = None,
) -> Floats:
    """Return the share of all offered contacts that is answered in time when the rate is random.

    *cv* is the standard deviation of the rate / its mean.

    >>> named = {"handle_s": 300, "servers": 100, "within_s": 20, "patience_s": 180}
    >>> expected_service(arrivals_per_s=100 / 300, cv=[0, 0.05, 0.1, 0.2], **named).round(3).tolist()
    [0.802, 0.782, 0.735, 0.636]
    """
    shape, (mean, spread, handle, count, within, patience) = broadcast(
        arrivals_per_s=arrivals_per_s,
        cv=cv,
        handle_s=handle_s,
        servers=servers,
        within_s=within_s,
        patience_s=np.inf if patience_s is None else patience_s,
    )
    scores, weights = special.roots_hermitenorm(POINTS)
    rate = mean * _at_scores(spread, scores[:, np.newaxis])
    level = queue_measures(
        arrivals_per_s=rate, handle_s=handle, servers=count, within_s=within, patience_s=patience
    ).service_level
    brought = weights[:, np.newaxis] * np.maximum(rate, np.finfo(float).tiny)
    return shaped((brought * level).sum(axis=0) / brought.sum(axis=0), shape)


def _at_scores(cv: Floats, scores: Floats) -> Floats:
    """Return gamma variables of mean 1 at normal *scores*, exact in both tails."""
    form = np.maximum(cv, 1e-9) ** -2.0
    low, high = special.ndtr(np.minimum(scores, 0.0)), special.ndtr(-np.maximum(scores, 0.0))
    drawn = np.where(scores <= 0, special.gammaincinv(form, low), special.gammainccinv(form, high)) / form
    return np.where(cv > 0, drawn, 1.0)


def chance_to_keep(  # noqa: PLR0913 - the public signature: every figure by its name
    *,
    arrivals_per_s: Numbers,
    cv: Numbers,
    handle_s: Numbers,
    servers: Numbers,
    within_s: Numbers,
    answered_share: Numbers,
    patience_s: Numbers | None = None,
) -> Floats:
    """Return the probability that *answered_share* is reached when the rate is random.

    >>> named = {"handle_s": 300, "within_s": 20, "answered_share": 0.8, "patience_s": 180}
    >>> float(chance_to_keep(arrivals_per_s=100 / 300, cv=0.1, servers=113, **named).round(3))
    0.911
    """
    shape, (mean, spread, handle, count, within, share, patience) = broadcast(
        arrivals_per_s=arrivals_per_s,
        cv=cv,
        handle_s=handle_s,
        servers=servers,
        within_s=within_s,
        answered_share=answered_share,
        patience_s=np.inf if patience_s is None else patience_s,
    )
    most = most_arrivals(
        servers=count, handle_s=handle, within_s=within, answered_share=share, patience_s=patience
    ) / np.where(mean > 0, mean, 1.0)
    form = np.maximum(spread, 1e-9) ** -2.0
    chance = np.where(spread > 0, special.gammainc(form, form * most), most >= 1)
    return shaped(np.where(mean > 0, chance, 1.0), shape)


def fewest_agents_uncertain(  # noqa: PLR0913 - the public signature: every figure by its name
    *,
    arrivals_per_s: Numbers,
    cv: Numbers,
    handle_s: Numbers,
    within_s: Numbers,
    answered_share: Numbers,
    patience_s: Numbers | None = None,
    certainty: Numbers | None = None,
) -> Floats:
    """Return the fewest whole agents for a random rate: in expectation, or with probability *certainty*.

    >>> named = {"handle_s": 300, "within_s": 20, "answered_share": 0.8, "patience_s": 180}
    >>> fewest_agents_uncertain(arrivals_per_s=100 / 300, cv=[0, 0.05, 0.1, 0.2], **named).tolist()
    [100.0, 101.0, 104.0, 112.0]
    >>> fewest_agents_uncertain(arrivals_per_s=100 / 300, cv=[0, 0.05, 0.1, 0.2], certainty=0.9, **named).tolist()
    [100.0, 107.0, 113.0, 125.0]
    """
    if certainty is not None:
        return fewest_agents(
            arrivals_per_s=rate_quantile(arrivals_per_s, cv=cv, level=certainty),
            handle_s=handle_s,
            within_s=within_s,
            answered_share=answered_share,
            patience_s=patience_s,
        )
    shape, (mean, spread, handle, within, share, patience) = broadcast(
        arrivals_per_s=arrivals_per_s,
        cv=cv,
        handle_s=handle_s,
        within_s=within_s,
        answered_share=answered_share,
        patience_s=np.inf if patience_s is None else patience_s,
    )
    require(share < 1, "answered_share has a value of 1 or more: no number of agents is enough for every rate")

    def kept(count: Floats) -> np.ndarray:
        level = expected_service(
            arrivals_per_s=mean,
            cv=spread,
            handle_s=handle,
            servers=np.maximum(count, 0.0),
            within_s=within,
            patience_s=patience,
        )
        result: np.ndarray = level >= share
        return result

    return shaped(fewest_kept(kept, np.floor(mean * handle * share)), shape)
