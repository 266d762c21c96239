"""Against 50-digit arithmetic from the definitions, by other formulas than the ones under test."""

import math

import mpmath as mp
import numpy as np
import pytest

from omnistaff.queueing import erlang_a, erlang_b, erlang_c, log_erlang_b, log_erlang_c, queue_measures

LOADS = [1e-6, 1e-3, 0.5, 1.0, 7.3, 100.0, 1e4, 1e6]


def servers_around(load):
    spread = math.sqrt(load)
    steps = [-20, -5, -1, 0, 1, 3, 10, 30]
    return sorted({max(0, math.floor(load + k * spread)) for k in steps} | {1, 2, 5})


def exact_inverse_b(load, servers):
    """Sum of n (n-1) ... (n-k+1) / a^k, the definition turned upside down."""
    with mp.workdps(40):
        a, term, total = mp.mpf(load), mp.mpf(1), mp.mpf(0)
        for k in range(servers + 1):
            total += term
            term *= (servers - k) / a
            if servers - k < a and term < total * mp.mpf(10) ** -38:
                break
        return total


@pytest.mark.parametrize("load", LOADS)
def test_erlang_b_and_c_are_exact_to_1e_12_from_tiny_to_huge_loads(load):
    for servers in servers_around(load):
        inverse = exact_inverse_b(load, servers)
        if 1 / inverse > mp.mpf(10) ** -300:
            assert abs(mp.mpf(float(erlang_b(load, servers))) * inverse - 1) < 1e-12
        assert abs(mp.mpf(float(log_erlang_b(load, servers))) + mp.log(inverse)) <= 1e-12 * max(1, mp.log(inverse))
        if servers > load:
            share = servers / ((servers - mp.mpf(load)) * inverse + mp.mpf(load))
            if share > mp.mpf(10) ** -300:
                assert abs(mp.mpf(float(erlang_c(load, servers))) / share - 1) < 1e-12
            assert abs(mp.mpf(float(log_erlang_c(load, servers))) - mp.log(share)) <= 1e-12 * max(1, -mp.log(share))
        else:
            assert erlang_c(load, servers) == 1


@pytest.mark.parametrize("load", [1e-3, 0.4, 1.49, 1.51, 3.0, 25.0, 400.0])
def test_fractional_servers_follow_the_gamma_integral(load):
    for servers in (0.25, 0.999, 1.5, load + 0.37, 1.2 * load + 3.14):
        with mp.workdps(50):
            a, n = mp.mpf(load), mp.mpf(servers)
            inverse = mp.e**a * a**-n * mp.gammainc(n + 1, a)
        assert abs(mp.mpf(float(erlang_b(load, servers))) * inverse - 1) < 1e-12


def exact_erlang_a(load, servers, theta, wait):
    """Integrals over the wait of an endlessly patient customer (Zeltyn & Mandelbaum 2005), to 30 digits.

    Nothing in common with the series under test: no sum over the queue's length at all.
    """
    with mp.workdps(40):
        a, n, th, t = (mp.mpf(value) for value in (load, servers, theta, wait))
        top = max(mp.mpf(0), mp.log(a / n) / th)
        height = a * (1 - mp.e ** (-th * top)) / th - n * top

        def density(x):
            return a * mp.e ** (a * (1 - mp.e ** (-th * x)) / th - n * x - height)

        scale = 1 / mp.sqrt(th * n) if a >= n else min(1 / (n - a), 1 / mp.sqrt(th * a))
        steps = [top + k * scale for k in range(-16, 17, 2)] + [top + 16 * k * scale for k in range(2, 6)]
        steps += [top + k / n for k in (5, 10, 20, 40, 80)]

        def integral(function, low):
            edges = sorted({low, *(x for x in steps if x > low)})
            return mp.quad(function, edges) if edges[-1] > low else mp.mpf(0)

        before = (exact_inverse_b(load, servers) - 1) * a / n * mp.e ** (-height)  # 1 / B(n - 1)
        waiting = integral(density, mp.mpf(0))
        everything = before + waiting
        left = integral(lambda x: density(x) * (1 - mp.e ** (-th * x)), mp.mpf(0)) / everything
        late = mp.e ** (-th * t) * integral(density, t) / everything
        late_served = integral(lambda x: density(x) * mp.e ** (-th * x), t) / everything
        asa = integral(lambda x: density(x) * mp.e ** (-th * x) * x, mp.mpf(0)) / everything / (1 - left)
        return [float(v) for v in (waiting / everything, left, 1 - left - late_served, late, asa)]


@pytest.mark.parametrize(
    ("load", "servers", "theta", "wait"),
    [
        (0.3, 1, 1.0, 0.1),
        (10, 14, 0.6, 1 / 9),
        (48, 50, 0.5, 1 / 3),
        (100, 100, 0.6, 1 / 9),
        (100, 60, 2.0, 0.05),
        (100, 140, 0.1, 0.05),
        (200, 257, 0.05, 0.02),
        (500, 1, 1.0, 0.5),
        (1000, 1020, 0.5, 0.05),
        (1000, 700, 5.0, 0.1),
        (5, 5, 50.0, 0.02),
        (1e4, 9000, 1.0, 0.05),
        (1e4, 10_050, 0.01, 0.002),  # so patient that the sums become integrals
        (1e4, 7000, 1e-3, 300.0),
        (1e5, 100_300, 0.5, 0.001),
        (1e5, 100_000, 0.05, 0.01),
        (1e5, 90_000, 2.0, 0.05),
        (1e5, 90_000, 0.01, 10.0),
        (1e5, 100_020, 1e-6, 0.02),
        (1e5, 1000, 0.3, 12.0),
    ],
)
def test_erlang_a_is_exact_in_and_out_of_overload(load, servers, theta, wait):
    m = queue_measures(arrivals_per_s=load, handle_s=1, servers=servers, within_s=wait, patience_s=1 / theta)
    exact = exact_erlang_a(load, servers, theta, wait)
    ours = [m.wait_share, m.abandon_share, m.service_level, m.late_share, m.asa_s]
    np.testing.assert_allclose([float(value) for value in ours], exact, atol=2e-11, rtol=0)
    assert float(erlang_a(load, servers, 1 / theta)) == pytest.approx(exact[0], abs=1e-12)
    assert float(m.occupancy_share) == pytest.approx(load * (1 - exact[1]) / servers, abs=1e-10)
    assert float(m.queue_length) == pytest.approx(exact[1] * load / theta, rel=1e-9, abs=1e-12)


def test_nothing_overflows_at_the_corners_of_the_domain():
    loads = np.array([0, 1e-6, 1.0, 1e3, 1e6])[:, None, None]
    servers = np.array([0, 1, 1.5, 1000, 1e6, 2e6])[None, :, None]
    patience = np.array([1e-3, 1.0, 1e4, 1e12, np.inf])[None, None, :]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        m = queue_measures(arrivals_per_s=loads, handle_s=1, servers=servers, within_s=0.1, patience_s=patience)
    for name in ("service_level", "service_level_ignoring", "abandon_share", "occupancy_share", "wait_share"):
        values = getattr(m, name)
        assert ((values >= 0) & (values <= 1)).all(), name
    assert not np.isnan(m.asa_s).any()
    assert not np.isnan(m.queue_length).any()
