import numpy as np
import pandas as pd
import pytest

from omnistaff.queueing import fewest_agents
from omnistaff.staffing import fill_opened, recommend_hours
from omnistaff.staffing.hours import from_other_days, latent_contacts, lone_people, recaptured
from omnistaff.tables import Demand, check, conform

SHAPE = np.concatenate([np.full(8, 2.0), np.full(12, 10.0), np.full(4, 5.0)])  # a day, repeated


def test_a_closed_hour_has_the_level_of_the_open_ones_moved_by_the_shape_of_others():
    shape = np.tile(SHAPE, 7)
    is_open = np.tile((np.arange(24) >= 8) & (np.arange(24) < 20), 7)
    latent, basis = latent_contacts(np.where(is_open, 3 * shape, 0.0), is_open, shape)
    np.testing.assert_allclose(latent, 3 * shape)
    assert set(basis) == {"open", "shape of others"}


def test_attempts_while_closed_are_believed_where_the_logs_have_them():
    is_open = np.tile((np.arange(24) >= 8) & (np.arange(24) < 20), 7)
    contacts = np.where(is_open, 30.0, 4.0)
    latent, basis = latent_contacts(contacts, is_open, np.tile(SHAPE, 7))
    np.testing.assert_allclose(latent, contacts)
    assert set(basis) == {"open", "attempts"}


def test_without_a_word_of_closed_hours_nothing_is_guessed():
    is_open = np.tile(np.arange(24) == 10, 7)
    latent, basis = latent_contacts(np.where(is_open, 30.0, 0.0), is_open, None)
    assert latent[~is_open].sum() == 0
    assert set(basis) == {"open", "nothing known"}


def test_the_peak_after_an_opening_is_what_came_back():
    is_open = np.tile((np.arange(24) >= 8) & (np.arange(24) < 20), 7)
    shape = np.tile(SHAPE, 7)
    contacts = np.where(is_open, 3 * shape, 0.0)
    contacts[8::24] += 12.0
    back = recaptured(contacts, is_open, shape)
    np.testing.assert_allclose(back[8::24], 12.0)
    assert back.sum() == pytest.approx(7 * 12)


def test_saturday_afternoon_is_known_from_saturday_morning_and_the_afternoons_of_the_week():
    day, hour = np.array([1.2, 1.0, 0.9, 1.0, 1.1, 0.5, 0.3]), np.linspace(2.0, 9.0, 24)
    true = np.outer(day, hour)
    is_open = np.zeros((7, 24), dtype=bool)
    is_open[:5, 8:20], is_open[5, 9:14] = True, True
    seen = np.where(is_open, true, 0.0).ravel()
    found = from_other_days(seen, is_open.ravel()).reshape(7, 24)
    np.testing.assert_allclose(found[5, 8:20], true[5, 8:20])
    assert np.isnan(found[6]).all()  # Sunday has no level of its own
    assert np.isnan(found[:, :8]).all()  # nobody is there at night on any day
    latent, basis = latent_contacts(seen, is_open.ravel(), np.ones(168))
    assert latent[5 * 24 + 16] == pytest.approx(true[5, 16])
    assert (basis[5 * 24 + 16], basis[6 * 24 + 16]) == ("other days", "shape of others")


def test_where_nobody_else_is_open_an_hour_takes_a_whole_person(build_plan):
    plan = build_plan("voice", "mail", shrinkage_share={"sickness": {"sun": 0.2}})
    least = lone_people(plan.queue("voice"), plan).reshape(7, 24)
    np.testing.assert_allclose(least[:, 8:20], 0.0)  # mail is worked on
    np.testing.assert_allclose(least[:6, :8], 1.0)
    np.testing.assert_allclose(least[6, 20:], 1.25)


def test_a_queue_abroad_is_open_by_its_own_clock(build_plan):
    plan = build_plan("voice", "mail")
    mail = plan.queue("mail").model_copy(update={"time_zone": "America/New_York", "hours": {"daily": "09:00-17:00"}})
    plan = plan.replace(queues=[plan.queue("voice"), mail])
    least = lone_people(plan.queue("voice"), plan).reshape(7, 24)
    np.testing.assert_allclose(least[:, 15:23], 0.0)  # 9 to 17 in New York by the clock of Madrid
    assert (least[:, :15] > 0).all()
    assert (least[:, 23] > 0).all()


@pytest.fixture
def history(build_plan):
    """Return a plan and eight weeks: calls from 8 to 20 h, three an hour for each mail; few from 18 h on."""
    plan = build_plan("voice", "mail", meet_target_with_probability=None)
    local = pd.date_range("2026-01-05", periods=48 * 56, freq="30min", tz="Europe/Madrid")
    hour = local.hour.to_numpy()
    shape = np.where(hour >= 18, 0.4, 10.0) / 2
    is_open = (hour >= 8) & (hour < 20)
    tables = [
        pd.DataFrame(
            {"queue": name, "interval_start": local.tz_convert("UTC").as_unit("us"), "is_open": opened,
             "offered": offered, "handle_s": 300.0, "handle_sd_s": 300.0, "is_outlier": False, "is_event": False}
        ).assign(**dict.fromkeys(["handled", "abandoned", "first_contacts", "repeat_contacts", "switched_contacts",
                                  "unlinked_contacts", "workload_s"], 0.0))
        for name, opened, offered in (("voice", is_open, np.where(is_open, 3 * shape, 0.0)),
                                      ("mail", is_open, shape))
    ]  # fmt: skip
    return plan, check(Demand, conform(Demand, pd.concat(tables, ignore_index=True)))


def test_hours_pay_where_their_contacts_cover_their_people(history, build_agents):
    plan, demand = history
    advice = recommend_hours(demand, build_agents({"voice": 10, "mail": 5}), plan, worth_of_contact=5.0)
    assert len(advice) == 168  # mail does not wait for anybody to be there
    noon = next(a for a in advice if (a.weekday, a.hour) == (2, 12))
    agents = fewest_agents(arrivals_per_s=30 / 3600, handle_s=300, within_s=20, answered_share=0.8, patience_s=180,
                           abandon_share=0.05, fractional=True)  # fmt: skip
    assert noon.contacts == pytest.approx(30.0)
    assert noon.cost == pytest.approx(20 * max(float(agents), 2.5 / 0.88) / (0.88 * 0.92), rel=0.02)
    assert {a.hour for a in advice if a.pays} == set(range(18))  # open by night, close at six
    night = next(a for a in advice if (a.weekday, a.hour) == (2, 3))
    assert not night.is_open
    assert night.basis == "shape of others"
    assert night.contacts == pytest.approx(30.0)
    assert night.new_contacts == pytest.approx(22.5)  # three quarters of a guess count
    assert recommend_hours(demand, build_agents({"voice": 10}), plan, worth_of_contact=0.01)[0].pays is False


def test_hours_that_a_plan_opens_get_the_past_they_would_have_had(history, build_agents):
    plan, demand = history
    before = plan.replace(queues=[_open(plan.queue("voice"), "08:00-20:00"), plan.queue("mail")])
    after = plan.replace(queues=[_open(plan.queue("voice"), "08:00-22:00"), plan.queue("mail")])
    hour = demand["interval_start"].dt.tz_convert("Europe/Madrid").dt.hour
    voice, late = demand["queue"] == "voice", hour.isin([20, 21])
    weekend = demand["interval_start"].dt.tz_convert("Europe/Madrid").dt.day_of_week >= 5
    busy = demand.assign(offered=demand["offered"].where(~(voice & weekend), 2 * demand["offered"]))
    counted = busy.assign(is_open=demand["is_open"] | (voice & late))
    agents = build_agents({"voice": 10, "mail": 5})
    filled = fill_opened(check(Demand, counted), check(Demand, busy), agents, (before, after))
    pd.testing.assert_frame_equal(filled[~(voice & late)], counted[~(voice & late)])
    new = filled[voice & late]
    advice = [one for one in recommend_hours(check(Demand, busy), agents, before) if one.queue == "voice"]
    for days in (range(5), range(5, 7)):
        expected = 8 * sum(one.new_contacts for one in advice if one.hour in {20, 21} and one.weekday in days)
        came = new.loc[
            new["interval_start"].dt.tz_convert("Europe/Madrid").dt.day_of_week.isin(days), "offered"
        ].sum()
        assert abs(came - expected) < 4 * expected**0.5
        assert expected > 20
    assert (new["handled"] == new["offered"]).all()
    assert (new["handle_s"].notna() == (new["offered"] > 0)).all()
    again = fill_opened(check(Demand, counted), check(Demand, busy), agents, (before, after))
    pd.testing.assert_frame_equal(again, filled)


def _counted(demand, hours):
    """Return *demand* of the voice queue as it would be counted with opening hours: none comes while closed."""
    first, last = hours
    local = demand["interval_start"].dt.tz_convert("Europe/Madrid")
    minute = 60 * local.dt.hour + local.dt.minute
    opened = (demand["queue"] == "voice") & (minute >= first) & (minute < last)
    mail = demand["queue"] != "voice"
    is_open, offered = demand["is_open"].where(mail, opened), demand["offered"].where(mail | opened, 0.0)
    return check(Demand, demand.assign(is_open=is_open, offered=offered))


def test_an_hour_open_in_part_is_an_open_one_with_the_contacts_of_that_part(history, build_agents):
    plan, demand = history
    plan = plan.replace(queues=[_open(plan.queue("voice"), "08:30-17:30"), plan.queue("mail")])
    advice = recommend_hours(_counted(demand, (510, 1050)), build_agents({"voice": 10}), plan)
    monday = advice[:24]
    assert [one.is_open for one in monday] == [8 <= k < 18 for k in range(24)]
    np.testing.assert_allclose([one.contacts for one in monday], [30.0] * 18 + [1.2] * 6)
    assert {one.basis for one in monday} == {"open", "shape of others"}  # what came from 8:30 on is no attempt


def test_the_closed_part_of_an_hour_is_filled_like_its_open_part(history, build_agents):
    plan, demand = history
    before = plan.replace(queues=[_open(plan.queue("voice"), "08:30-17:30"), plan.queue("mail")])
    after = plan.replace(queues=[_open(plan.queue("voice"), "08:00-18:00"), plan.queue("mail")])
    was = _counted(demand, (510, 1050))
    counted = check(Demand, was.assign(is_open=_counted(demand, (480, 1080))["is_open"]))
    new = counted["is_open"] & ~was["is_open"]
    filled = fill_opened(counted, was, build_agents({"voice": 10, "mail": 5}), (before, after))
    pd.testing.assert_frame_equal(filled[~new], counted[~new])
    assert new.sum() == 2 * 56
    assert filled.loc[new, "offered"].sum() == pytest.approx(2 * 56 * 15, abs=4 * (2 * 56 * 15) ** 0.5)
    tried = check(Demand, was.assign(offered=was["offered"].where(was["is_open"] | (was["queue"] != "voice"), 1.0)))
    recorded = fill_opened(counted, tried, build_agents({"voice": 10, "mail": 5}), (before, after))
    pd.testing.assert_frame_equal(recorded, counted)  # logs that hold attempts are believed


def _open(queue, hours):
    return queue.model_copy(update={"hours": {"mon-sun": hours}})


@pytest.mark.parametrize("weeks", [1, 2, 3, 8])
def test_a_short_history_tells_as_many_contacts_as_a_long_one(history, build_agents, weeks):
    plan, demand = history
    plan = plan.replace(queues=[_open(plan.queue("voice"), "08:00-20:00"), plan.queue("mail")])
    first = demand["interval_start"].min()
    short = check(Demand, demand[demand["interval_start"] < first + pd.Timedelta(weeks=weeks)])
    advice = recommend_hours(short, build_agents({"voice": 10}), plan)
    assert [one.is_open for one in advice] == [8 <= k % 24 < 20 for k in range(168)]
    noon = [one.contacts for one in advice if one.hour == 12]
    np.testing.assert_allclose(noon, 30.0)


def test_attempts_of_one_night_are_a_mean_over_all_nights(history, build_agents):
    plan, demand = history
    plan = plan.replace(queues=[_open(plan.queue("voice"), "08:00-20:00"), plan.queue("mail")])
    local = demand["interval_start"].dt.tz_convert("Europe/Madrid")
    night = (demand["queue"] == "voice") & ~demand["is_open"]
    once = night & (local.dt.date == local.dt.date.max()) & (local.dt.hour == 3)
    tried = demand[~night | once].assign(offered=demand["offered"].mask(once, 80.0))  # rows only where somebody tried
    advice = recommend_hours(check(Demand, tried), build_agents({"voice": 10}), plan)
    sunday = next(one for one in advice if (one.weekday, one.hour) == (6, 3))
    assert (sunday.basis, sunday.contacts) == ("attempts", 2 * 80.0 / 8)
