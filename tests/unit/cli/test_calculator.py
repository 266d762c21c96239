"""The calculator: each of volume, agents and service from the other two, under every kind of promise."""

import json
import math

import pytest
import typer.testing

import omnistaff as om
from omnistaff.cli import calculator  # noqa: F401 - registers the command
from omnistaff.cli.app import app
from omnistaff.errors import DomainError

HANDLE_S, PER_HOUR = 180.0, 200.0  # 10 erlangs


def ask(*options: object) -> dict[str, float]:
    words = [str(option) for option in options]
    result = typer.testing.CliRunner().invoke(app, ["erlang", "--handle", str(HANDLE_S), "--json", *words])
    if result.exception is not None:
        raise result.exception
    answer: dict[str, float] = json.loads(result.stdout)
    return answer


def erlang_c_by_hand(load: float, servers: int) -> float:
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(load**k / math.factorial(k) for k in range(servers)) + last)


def test_volume_and_agents_give_the_service_of_erlang_c() -> None:
    answer = ask("--per-hour", PER_HOUR, "--agents", 14)
    waits = erlang_c_by_hand(10, 14)
    assert answer["service_level"] == pytest.approx(1 - waits * math.exp(-4 * 20 / HANDLE_S), rel=1e-12)
    assert answer["asa_s"] == pytest.approx(waits * HANDLE_S / 4, rel=1e-12)


KINDS = [
    ["--answered", 0.8, "--within", 30],
    ["--asa", 20],
    ["--max-occupancy", 0.8],
    ["--answered", 0.8, "--max-occupancy", 0.7],
    ["--answered", 0.8, "--patience", 120],
    ["--abandoned", 0.03, "--patience", 120],
    ["--asa", 5, "--patience", 120, "--redials", 0.5],
    ["--abandoned", 0.02, "--patience", 120, "--redials", 0.5],
    ["--answered", 0.8, "--trunks", 18],
    ["--answered", 0.8, "--asa", 5, "--patience", 90, "--trunks", 16],
]
LIMITS = {
    "--answered": ("service_level", 1),
    "--asa": ("asa_s", -1),
    "--max-occupancy": ("occupancy_share", -1),
    "--abandoned": ("abandon_share", -1),
}


def is_kept(answer: dict[str, float], kind: list[object]) -> bool:
    asked = dict(zip(kind[::2], kind[1::2], strict=True))
    slack = 1e-9
    return all(
        answer[name] is not None and sign * (answer[name] - float(str(asked[option]))) >= -slack
        for option, (name, sign) in LIMITS.items()
        if option in asked
    )


def without_service(kind: list[object]) -> list[object]:
    pairs = zip(kind[::2], kind[1::2], strict=True)
    return [part for option, value in pairs if option not in LIMITS for part in (option, value)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_agents_found_keep_the_promise_and_one_fewer_does_not(kind: list[object]) -> None:
    agents = ask("--per-hour", PER_HOUR, *kind)["agents"]
    rest = without_service(kind)
    assert is_kept(ask("--per-hour", PER_HOUR, "--agents", agents, *rest), kind)
    assert not is_kept(ask("--per-hour", PER_HOUR, "--agents", agents - 1, *rest), kind)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not {"--abandoned", "--trunks"} <= set(kind)])
def test_the_volume_found_keeps_the_promise_and_a_little_more_does_not(kind: list[object]) -> None:
    volume = ask("--agents", 13, *kind)["per_hour"]
    rest = without_service(kind)
    assert is_kept(ask("--per-hour", volume, "--agents", 13, *rest), kind)
    assert not is_kept(ask("--per-hour", 1.001 * volume, "--agents", 13, *rest), kind)


@pytest.mark.parametrize("kind", [["--answered", 0.8], ["--asa", 5, "--patience", 120, "--redials", 0.5]])
def test_fractional_agents_meet_the_promise_exactly(kind: list[object]) -> None:
    found = ask("--per-hour", PER_HOUR, *kind, "--fractional")
    assert found["agents"] % 1 > 0
    name, _ = LIMITS[str(kind[0])]
    assert found[name] == pytest.approx(kind[1], abs=1e-8)


def test_as_many_trunks_as_agents_is_erlang_b() -> None:
    answer = ask("--per-hour", PER_HOUR, "--agents", 15, "--trunks", 15)
    assert answer["blocked_share"] == pytest.approx(float(om.erlang_b(10, 15)), rel=1e-12)


def test_the_trunks_found_block_no_more_than_asked_and_one_fewer_would() -> None:
    line = ["--per-hour", PER_HOUR, "--agents", 13]
    trunks = ask(*line, "--blocked", 0.01)["trunks"]
    assert ask(*line, "--trunks", trunks)["blocked_share"] <= 0.01
    assert ask(*line, "--trunks", trunks - 1)["blocked_share"] > 0.01


def test_redials_balance_first_attempts_and_all_attempts() -> None:
    answer = ask("--per-hour", PER_HOUR, "--agents", 9, "--patience", 120, "--redials", 0.5)
    again = 0.5 * answer["abandon_share"] * answer["attempts_per_hour"]
    assert answer["attempts_per_hour"] == pytest.approx(PER_HOUR + again, rel=1e-12)
    assert again > 10


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--per-hour", 200], "found 1"),
        (["--per-hour", 200, "--agents", 14, "--asa", 10], "found 3"),
        (["--per-hour", 200, "--abandoned", 0.03], "--abandoned needs --patience"),
        (["--per-hour", 200, "--agents", 9, "--redials", 0.3], "--redials needs --patience"),
        (["--per-hour", 200, "--answered", 1], "ask for a little less"),
        (["--per-hour", 200, "--answered", 0.8, "--trunks", 9], "too many are blocked"),
        (["--per-hour", 200, "--answered", 0.8, "--blocked", 0.01], "leave out --trunks and the service"),
        (["--agents", 9, "--abandoned", 0.1, "--patience", 60, "--trunks", 12], "no volume can be found"),
        (["--per-hour", 200, "--agents", 14, "--fractional"], "--fractional is for finding agents"),
    ],
)
def test_options_that_do_not_go_together_are_named(options: list[object], words: str) -> None:
    with pytest.raises(DomainError, match=words):
        ask(*options)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(DomainError) as caught:
        ask("--per-hour", 200, "--abandoned", 0.03, "--redials", 0.2)
    assert len(caught.value.problems) == 2


def test_a_share_written_in_per_cent_is_refused() -> None:
    with pytest.raises(SystemExit) as caught:
        ask("--per-hour", 200, "--answered", 80)
    assert caught.value.code == 2
