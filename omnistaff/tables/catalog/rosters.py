"""Who works when, and what comes of it."""

from omnistaff.tables.catalog.base import Instant, LocalDate, Table, column, key, maybe


class Agents(Table):
    """The people."""

    agent_id: str = key("Agent")
    name: str = column("Name")
    site: str = maybe("Site")
    time_zone: str = column("IANA zone the agent lives in")
    skills: str = column("Queues the agent can serve, sorted, joined by |")
    contract: str = column("Contract named in the plan")
    hourly_cost: float = column("Cost of one paid hour")
    team: str = maybe("Team")
    email: str = maybe("Mail address")
    valid_from: Instant = maybe("First instant employed")
    valid_to: Instant = maybe("End of employment")
    proficiency: str = maybe("Speed by queue where it is not 1, joined by |: chat=0.8|mail=1.1")
    skill_dates: str = maybe("First and last local day of skills that begin or end, joined by |: chat=2026-05-04..")


class Absences(Table):
    """When an agent cannot work."""

    agent_id: str = key("Agent")
    start_at: Instant = key("Start")
    end_at: Instant = column("End")
    activity: str = column("leave, sick, training, meeting ...")
    is_paid: bool = column("Counts as paid time")


class Preferences(Table):
    """What an agent would like."""

    agent_id: str = key("Agent")
    preference: str = key("Wishes day_off, day_on, start_between; fixed must_work, must_be_off")
    weekday: str = key("mon to sun, empty for a date")
    date: str = key("YYYY-MM-DD, empty for a weekday")
    start_from: str = column("HH:MM, empty if it does not matter")
    start_to: str = column("HH:MM, empty if it does not matter")
    weight: float = column("Importance, 1 is normal")


class Roster(Table):
    """Every minute of every shift, one row an activity."""

    agent_id: str = key("Agent")
    start_at: Instant = key("Start of the activity")
    schedule_date: LocalDate = column("Local date the shift belongs to (the day it starts)")
    end_at: Instant = column("End of the activity")
    activity: str = column("work, break, meal, meeting, training, leave ...")
    shift_id: str = column("Shift")
    is_paid: bool = column("Paid time")


class Changes(Table):
    """Days of a published roster that a re-plan changed."""

    agent_id: str = key("Agent")
    schedule_date: LocalDate = key("Local date of the shift")
    before: str = column("Published start and end, local, or off, and turns on call")
    after: str = column("New start and end, local, or off, and turns on call")
    reason: str = column("absence (the agent is away) or cover (somebody else is, or the need has changed)")


class Moves(Table):
    """What to do on the running day, best first within each kind."""

    kind: str = key("deferred_work, breaks, overtime or time_off")
    who: str = key("Agent, or the queue of deferred work")
    start_at: Instant = key("Where it begins")
    before: str = key("As planned, local time")
    after: str = key("As proposed, local time")
    hours: float = column("Hours worked more or less, or moved", ge=0)
    saves: float = column("Cost saved, after what it costs", ge=0)


class Coverage(Table):
    """Required and scheduled people."""

    queue: str = key("Planned queue, or a skill set")
    interval_start: Instant = key("Interval start")
    required: float = column("Net agents asked for")
    scheduled: float = column("Net agents on the roster, shrinkage taken off")
    net: float = column("scheduled - required")


class Gaps(Table):
    """Uncovered intervals of a roster, and why nobody else works in them."""

    queue: str = key("Planned queue")
    interval_start: Instant = key("Interval start")
    missing: float = column("Net agents missing", ge=0)
    message: str = column("Who could have worked, and which rule forbids it")


class Violations(Table):
    """Broken rules found by the checker."""

    rule: str = key("Rule")
    agent_id: str = key("Agent, empty for a rule of the whole roster")
    start_at: Instant = key("Where it starts")
    is_hard: bool = column("A hard rule")
    message: str = column("What is wrong, in words")


class Outcomes(Table):
    """Simulated service. Totals are re-weighted, never averaged."""

    period: str = key("interval, day or horizon")
    queue: str = key("Planned queue, or all")
    interval_start: Instant = key("Start of the interval, local day or horizon")
    offered: float = column("Contacts that arrived, mean over replications", ge=0)
    answered: float = column("Answered")
    abandoned: float = column("Left", ge=0)
    service_level: float = maybe("Share within the target time", ge=0, le=1)
    service_level_low: float = maybe("Lower 95 % limit", ge=0, le=1)
    service_level_high: float = maybe("Upper 95 % limit", ge=0, le=1)
    abandon_share_high: float = maybe("Upper 95 % limit of the share that left", ge=0, le=1)
    asa_s: float = maybe("Mean wait of the answered")
    asa_high_s: float = maybe("Its upper 95 % limit")
    occupancy_share: float = maybe("Share of ready time spent on contacts")
    backlog: float = column("Deferred contacts not finished at the end")
    late: float = column("Deferred contacts finished after their due time")


class GroupOutcomes(Table):
    """Simulated use of the people of each skill set, mean over replications."""

    period: str = key("interval, day or horizon")
    skills: str = key("Queues they serve, joined by |")
    interval_start: Instant = key("Start of the interval, local day or horizon")
    on_duty_s: float = column("Seconds on duty, overtime included", ge=0)
    overtime_s: float = column("Seconds beyond the end of shifts", ge=0)
    occupancy_share: float = maybe("Share of time on duty spent on contacts", ge=0)
    occupancy_low: float = maybe("Lower 95 % limit")
    occupancy_high: float = maybe("Upper 95 % limit")


class Trace(Table):
    """What happened to each contact of one simulated replication, in order."""

    step: int = key("Order of events")
    at: Instant = column("When")
    event: str = column("arrived, answered, resumed, handed_back, ended, abandoned, callback, transferred, redialled")
    queue: str = column("Planned queue")
    contact: int = column("Number of the contact in its queue; its events share it")
    agent_id: str = maybe("Who answered, ended or handed it back")


class Figures(Table):
    """Headline figures of each stage, in words and numbers, in the order in which the stage tells them."""

    stage: str = key("Stage")
    figure: str = key("Name of the figure")
    value: float = maybe("Number")
    unit: str = column("Unit, empty if none")
    text: str = column("The figure as a planner reads it, empty where another figure's text tells it")

    @classmethod
    def sort_columns(cls) -> list[str]:
        """Return the stage alone: its figures stay in the order in which they are told."""
        return ["stage"]
