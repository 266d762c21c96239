"""The demo world keeps to its stated model."""

import filecmp
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from omnistaff.errors import ConfigError
from omnistaff.plan import load_plan
from omnistaff.samples import demo_plan, write_demo, write_project
from omnistaff.samples.service import Duty, effort_shares, serve
from omnistaff.samples.world import LINES

CONFIGS = Path(__file__).parents[3] / "configs"


def all_files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path):
    for name, seed in (("one", 3), ("two", 3), ("other", 4)):
        write_demo(tmp_path / name, seed=seed, weeks=1, scale=0.05)
    names = all_files(tmp_path / "one")
    assert names == all_files(tmp_path / "two")
    _, different, errors = filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", names, shallow=False)
    assert (different, errors) == ([], [])
    same, _, _ = filecmp.cmpfiles(tmp_path / "one", tmp_path / "other", names, shallow=False)
    assert "agents.csv" not in same
    assert not any(name.endswith((".jsonl", ".parquet")) and "lines" not in name for name in same)


def test_arrivals_follow_the_true_rates(demo, truth):
    rates = pd.read_parquet(demo / "truth" / "rates.parquet")
    arrived = truth[truth["is_demand"] & ~truth["is_redial"]]
    starts = pd.DatetimeIndex(rates["interval_start"].unique())
    for line, expected in rates.groupby("line"):
        times = arrived.loc[arrived["line"] == line, "arrived_at"]
        counts = np.histogram(times.astype("int64"), np.append(starts.asi8, starts.asi8[-1] + 1_800_000_000))[0]
        rate = expected["rate"].to_numpy()
        assert counts[rate == 0].sum() == 0
        assert abs(counts.sum() - rate.sum()) < 4 * np.sqrt(rate.sum())
        busy = rate > 0.5
        spread = ((counts - rate)[busy] ** 2 / rate[busy]).mean()  # 1 for Poisson counts
        assert spread == pytest.approx(1, abs=5 * np.sqrt((2 + 1 / 0.5) / busy.sum()))


def test_a_matter_has_one_customer_and_goes_over_channels(truth):
    matters = truth[truth["matter"] >= 0].groupby("matter")
    assert (matters["customer"].nunique() == 1).all()
    first = truth[truth["matter"] >= 0].sort_values("arrived_at").drop_duplicates("matter")
    assert not first["is_follow_up"].any()
    several = matters.filter(lambda rows: len(rows) > 1)
    assert len(several) > 0.2 * len(truth)
    switched = several.groupby("matter")["channel"].nunique() > 1
    assert 0.2 < switched.mean() < 0.7


def test_callers_wait_no_longer_than_their_patience(truth):
    waited = truth[truth["outcome"].isin(["abandoned", "short_abandoned"])]
    np.testing.assert_allclose(waited["wait_s"], waited["patience_s"], atol=1e-3)
    answered = truth[truth["outcome"] == "answered"]
    assert (answered["wait_s"] <= answered["patience_s"] + 1e-3).all()
    for line in LINES:
        rows = truth[(truth["line"] == line.name) & ~truth["is_redial"]]
        if np.isfinite(line.patience_s):
            assert rows["patience_s"].mean() == pytest.approx(line.patience_s, rel=5 / np.sqrt(len(rows)))


def test_a_redial_follows_an_abandonment_of_the_same_matter(truth):
    redials = truth[truth["is_redial"]]
    left = truth[truth["outcome"].isin(["abandoned", "short_abandoned"])]
    assert len(redials) > 0
    assert redials["matter"].isin(left["matter"]).all()
    assert set(redials["line"]) == {"cards-voice", "accounts-voice"}


def test_first_come_first_served_on_a_line_worked_out_by_hand():
    # one agent from 0, a second from 100 on; patience 40 for the third caller
    served = serve(
        np.array([0.0, 10.0, 20.0, 110.0]),
        np.array([1e9, 1e9, 40.0, 1e9]),
        np.array([50.0, 60.0, 30.0, 5.0]),
        np.array([np.inf, np.inf, np.inf, np.inf]),
        Duty(np.array([0.0, 100.0]), np.array([1, 2])),
    )
    np.testing.assert_array_equal(served.answered, [0, 50, np.nan, 110])
    np.testing.assert_array_equal(served.ended, [50, 110, np.nan, 115])
    np.testing.assert_array_equal(served.left, [np.nan, np.nan, 60, np.nan])


def test_who_hangs_up_calls_again_while_the_line_is_open():
    duty = Duty(np.array([0.0, 200.0]), np.array([1, 0]))
    calls = np.array([0.0, 5.0, 30.0])
    served = serve(
        calls, np.array([1e9, 20.0, 20.0]), np.array([60.0, 10.0, 10.0]), np.array([np.inf, 45.0, 300.0]), duty
    )
    np.testing.assert_array_equal(served.redial_of, [1])
    np.testing.assert_array_equal(served.arrived, [70.0])
    assert served.answered[3] == 70.0  # the second caller's second try


def test_agents_who_chat_with_two_give_each_half_of_their_time():
    shares = effort_shares(np.array([0, 0, 1]), np.array([0.0, 10.0, 0.0]), np.array([20.0, 30.0, 7.0]))
    np.testing.assert_allclose(shares, [15.0, 15.0, 7.0])
    assert shares.sum() == 30 + 7  # an agent's busy time, split up, is still the agent's busy time


def test_conversations_slow_each_other_down():
    duty = Duty(np.array([0.0]), np.array([1]), slots=3)
    served = serve(
        np.array([0.0, 1.0]), np.array([1e9, 1e9]), np.array([100.0, 100.0]), np.array([np.inf, np.inf]), duty
    )
    np.testing.assert_allclose(served.ended - served.answered, [100.0, 118.0])


@pytest.mark.parametrize(("weeks", "scale"), [(0, 1.0), (27, 1.0), (4, 0.0), (4, 11.0)])
def test_a_size_outside_the_model_is_refused(tmp_path, weeks, scale):
    with pytest.raises(ConfigError, match="expected"):
        write_demo(tmp_path, weeks=weeks, scale=scale)
    assert all_files(tmp_path) == []


def test_a_new_project_holds_the_demo_plan_and_its_logs(tmp_path):
    written = write_project(tmp_path / "mine", weeks=1, scale=0.02)
    plan = load_plan(written[0])
    for source in plan.ingest:
        assert list(plan.folder.glob(str(source.path))), source.name
    assert (plan.folder / str(plan.agents)).exists()
    with pytest.raises(ConfigError, match="already"):
        write_project(tmp_path / "mine")


def test_the_packaged_plan_is_the_one_in_configs():
    assert demo_plan() == (CONFIGS / "omnichannel_demo.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["omnichannel_demo", "anonymous_bank"])
def test_the_plans_in_configs_load(name):
    plan = load_plan(CONFIGS / f"{name}.yaml")
    assert len(plan.queues) >= 5
