"""Links between profiles that share no identifier, weighed by Splink (Fellegi and Sunter, 1969).

How often parts agree by chance is learnt from random pairs; how often they agree for one person is learnt from
customers that exact identifiers hold together: each is cut into two halves, which are two records known to be one
person. How many links to expect at all follows from the candidates themselves.
"""

from __future__ import annotations

import logging
from typing import Any, assert_never

import numpy as np
import pandas as pd

from omnistaff.identity.blocking import count_pairs, derive_rules
from omnistaff.plan.identity import Comparison, ModelLinks

FEWEST_HALVES = 50
FEWEST_PROFILES = 100  # fewer tell too little of how often parts agree by chance
START_SHARE = 1e-4
FEW_RULES = 3
SHARED = "shared"  # the column with values that several people use
Links = pd.DataFrame


def find_links(profiles: pd.DataFrame, halves: pd.DataFrame, settings: ModelLinks, seed: int) -> Links:
    """Return the links worth a look, best first: left, right (groups), weight (bits), probability, evidence.

    Empty where the profiles have nothing to compare, or nothing tells how often one person's parts agree.
    """
    parts = {name: how for name, how in settings.comparisons.items() if _present(profiles, name)}
    rules = usable_rules(profiles, parts, settings)
    if not rules or len(profiles) < FEWEST_PROFILES:
        return no_links()
    model = train(halves, parts, rules, settings, seed)
    if model is None:
        return no_links()
    pairs = score(profiles, model)
    if pairs.empty:
        return no_links()
    bits = pairs["match_weight"].to_numpy() - np.log2(START_SHARE / (1 - START_SHARE))
    meets = _meet(profiles, pairs)
    probability = posterior(bits, len(profiles) * (len(profiles) - 1) / 2)
    probability[meets] = posterior(bits[meets], max(float(meets.sum()), 1.0))
    links = pairs.assign(weight=bits, probability=probability)[probability >= settings.review_share]
    links = links.sort_values(["weight", "left", "right"], ascending=[False, True, True], ignore_index=True)
    links["evidence"] = _explain(links, list(parts))
    return links[["left", "right", "weight", "probability", "evidence"]]


def no_links() -> Links:
    """Return an empty table of links."""
    return pd.DataFrame(
        {
            "left": np.zeros(0, dtype="int64"),
            "right": np.zeros(0, dtype="int64"),
            "weight": np.zeros(0),
            "probability": np.zeros(0),
            "evidence": pd.Series([], dtype="str"),
        }
    )


def posterior(bits: np.ndarray[Any, Any], possible: float) -> np.ndarray[Any, Any]:
    """Return the probability of each candidate pair, given its weight of evidence in bits.

    The share of matches among all *possible* pairs is the one that its own answer sums up to (the EM step for
    the prior, with pairs that are no candidates taken as no matches).
    """
    ratio = np.exp2(np.clip(bits, -100, 100))
    share = len(bits) / possible / 10
    for _ in range(200):
        found = share * ratio / (share * ratio + 1 - share)
        update = max(float(found.sum()), 1e-3) / possible
        if abs(update - share) <= 1e-9 * share:
            break
        share = min(update, 0.5)
    result: np.ndarray[Any, Any] = share * ratio / (share * ratio + 1 - share)
    return result


def usable_rules(profiles: pd.DataFrame, parts: dict[str, Comparison], settings: ModelLinks) -> list[list[str]]:
    """Return the plan's blocking rules whose parts the profiles have, or those that the profiles suggest."""
    if settings.blocking is None:
        plain = [name for name, how in parts.items() if how not in ("near", "matters")]
        keys = [*plain, "given_key"] if _present(profiles, "given_key") else plain
        return derive_rules(profiles, keys, settings.pairs_per_profile)
    return [rule for rule in settings.blocking if all(_present(profiles, part) for part in rule)]


def _present(profiles: pd.DataFrame, part: str) -> bool:
    return part in profiles and bool(profiles[part].notna().any())


def _meet(profiles: pd.DataFrame, pairs: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Return which pairs use one value: a population of its own, for far more of them are one person."""
    uses = profiles[["group", SHARED]].explode(SHARED).dropna()
    both = uses.merge(uses, on=SHARED, suffixes=("_left", "_right"))
    known = pd.MultiIndex.from_frame(both[["group_left", "group_right"]])
    found: np.ndarray[Any, Any] = pd.MultiIndex.from_frame(pairs[["left", "right"]]).isin(known)
    return found


def train(
    halves: pd.DataFrame, parts: dict[str, Comparison], rules: list[list[str]], settings: ModelLinks, seed: int
) -> dict[str, Any] | None:
    """Return the trained model as Splink's settings: inspect it, keep it, load it again.

    None where nobody is known twice and no rule leaves a part to learn from.
    """
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    known_twice = bool(halves["label"].duplicated().sum() >= FEWEST_HALVES)
    learnt_from = learning_rules(halves, parts, rules)[:FEW_RULES]
    if not known_twice and not learnt_from:
        return None
    creator = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(name, how, parts) for name, how in parts.items()],
        blocking_rules_to_generate_predictions=[
            *(block_on(*rule) for rule in rules),
            block_on(SHARED, arrays_to_explode=[SHARED]),
        ],
        probability_two_random_records_match=START_SHARE,
        unique_id_column_name="group",
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )
    linker = Linker(DuckDBAPI().register(_arrow(halves)), creator, log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=settings.training_pairs, seed=seed + 1)
    if known_twice:
        linker.training.estimate_m_from_label_column("label")
    else:  # nobody is known twice: learn from pairs that agree in some parts how often the others do
        for rule in learnt_from:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    model: dict[str, Any] = linker.misc.save_model_to_json()
    return model


def learning_rules(halves: pd.DataFrame, parts: dict[str, Comparison], rules: list[list[str]]) -> list[list[str]]:
    """Return the rules by which some pair agrees and that leave a part to learn from; words of a name go together."""
    names = {name for name, how in parts.items() if how == "name"}
    compared = [names if name in names else {name} for name in parts]
    left = [rule for rule in rules if any(columns.isdisjoint(rule) for columns in compared)]
    return [rule for rule in left if count_pairs([pd.factorize(halves[part])[0] for part in rule]) > 0]


def score(profiles: pd.DataFrame, model: dict[str, Any]) -> pd.DataFrame:
    """Return the candidate pairs with Splink's match weight and comparison levels, in one order on every run."""
    from splink import DuckDBAPI, Linker

    linker = Linker(DuckDBAPI().register(_arrow(profiles)), model, log_level=logging.ERROR)
    found: pd.DataFrame = linker.inference.predict().as_pandas_dataframe()
    found = found.rename(columns={"group_l": "left", "group_r": "right"})
    return found.sort_values(["left", "right"], ignore_index=True)  # threads finish in any order, and sums keep it


def _arrow(frame: pd.DataFrame) -> Any:
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False)


def _comparison(name: str, how: Comparison, parts: dict[str, Comparison]) -> Any:
    import splink.comparison_library as cl

    match how:
        case "name":
            return cl.CustomComparison(output_column_name=name, comparison_levels=_name_levels(name, parts))
        case "text":
            return cl.JaroWinklerAtThresholds(name, [0.95, 0.85]).configure(term_frequency_adjustments=True)
        case "code":
            return cl.DamerauLevenshteinAtThresholds(name, 1).configure(term_frequency_adjustments=True)
        case "date":
            return cl.DamerauLevenshteinAtThresholds(name, [1, 2])
        case "category":
            return cl.ExactMatch(name).configure(term_frequency_adjustments=True)
        case "near":
            return cl.CustomComparison(output_column_name=name, comparison_levels=_near_levels(name))
        case "matters":
            return cl.ArrayIntersectAtSizes(name, [2, 1])
        case _:
            assert_never(how)


def _name_levels(name: str, parts: dict[str, Comparison]) -> list[Any]:
    """Return levels for a word of a name: equal, short form (three letters or more), nearly equal, swapped, else."""
    import splink.comparison_level_library as cll

    short = f'(starts_with("{name}_l", "{name}_r") or starts_with("{name}_r", "{name}_l"))'
    others = [other for other, how in parts.items() if how == "name" and other != name]
    swaps = [f'"{name}_l" = "{other}_r" or "{other}_l" = "{name}_r"' for other in others]
    swapped = [cll.CustomLevel(" or ".join(swaps), label_for_charts="words swapped")] if swaps else []
    long_enough = f'least(length("{name}_l"), length("{name}_r")) >= 3'
    return [
        cll.NullLevel(name),
        cll.ExactMatchLevel(name).configure(tf_adjustment_column=name),
        cll.CustomLevel(f"{short} and {long_enough}", label_for_charts="short form"),
        cll.Or(cll.JaroWinklerLevel(name, 0.92), cll.DamerauLevenshteinLevel(name, 1)),
        *swapped,
        cll.ElseLevel(),
    ]


def _near_levels(name: str) -> list[Any]:
    """Return levels for a value that links by itself when equal, so that only a difference tells more."""
    import splink.comparison_level_library as cll

    either = cll.CustomLevel(
        f'"{name}_l" is null or "{name}_r" is null or "{name}_l" = "{name}_r"', label_for_charts="missing or equal"
    ).configure(is_null_level=True)
    return [either, cll.JaroWinklerLevel(name, 0.95), cll.JaroWinklerLevel(name, 0.88), cll.ElseLevel()]


def _explain(pairs: pd.DataFrame, parts: list[str]) -> pd.Series[str]:
    """Return the bits that each part gave for or against one person: ``surname +7.4, city -1.2``."""
    lines = []
    for row in pairs.to_dict("records"):
        bits = {name: row[f"mw_{name}"] + row.get(f"mw_tf_adj_{name}", 0.0) for name in parts}
        lines.append(", ".join(f"{name} {value:+.1f}" for name, value in bits.items() if abs(value) >= 0.05))
    return pd.Series(lines, index=pairs.index, dtype="str")
