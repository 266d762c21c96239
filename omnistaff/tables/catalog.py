"""The schema of every table, one pandera model each: the only place that spells a dtype.

Times are UTC with microseconds, seconds are floats, shares are 0 to 1, levels and quantiles are rows.
A checked frame is unique by its key columns and sorted by them. Class docstrings and column descriptions are
the data dictionary that ``omnistaff tables`` and the docs print.

Longer than other modules because a catalogue is read by looking one table up, not from top to bottom.
"""

from typing import Annotated, Any

import pandas as pd
import pandera.pandas as pa

Instant = Annotated[pd.DatetimeTZDtype, "us", "UTC"]
LocalDate = pd.Timestamp  # a midnight without zone

CHANNELS = (
    "voice", "callback", "web_chat", "whatsapp", "sms", "messenger", "instagram", "telegram", "social",
    "email", "form", "ticket", "in_person", "app", "letter", "other",
)  # fmt: skip
DIRECTIONS = ("inbound", "outbound")
OUTCOMES = ("answered", "abandoned", "short_abandoned", "flowed_out", "contained", "open")
EFFORT_BASES = ("measured", "derived", "assumed")


def _key(description: str, **checks: Any) -> Any:
    return pa.Field(description=description, metadata={"key": True}, **checks)


def _column(description: str, **checks: Any) -> Any:
    return pa.Field(description=description, **checks)


def _maybe(description: str, **checks: Any) -> Any:
    return pa.Field(description=description, nullable=True, **checks)


class Table(pa.DataFrameModel):
    """The base of all tables."""

    class Config:
        """Extra columns are an error; dtypes are compared, never coerced."""

        strict = True

    @classmethod
    def key_columns(cls) -> list[str]:
        """Return the columns that identify a row, in sorting order."""
        columns = cls.to_schema().columns
        return [name for name, column in columns.items() if (column.metadata or {}).get("key")]

    @classmethod
    def sort_columns(cls) -> list[str]:
        """Return the columns that rows are sorted by: the key, unless a table says otherwise."""
        return cls.key_columns()

    @classmethod
    def column_names(cls) -> list[str]:
        """Return all columns in their order."""
        return list(cls.to_schema().columns)


class Contacts(Table):
    """One customer's request on one channel; legs already joined."""

    contact_id: str = _key("Unique id: source and the source's own id")
    source: str = _column("Name of the plan's ingest entry")
    channel: str = _column("How it came in (CHANNELS)", isin=CHANNELS)
    direction: str = _column("inbound or outbound", isin=DIRECTIONS)
    queue: str = _maybe("Line it waited in, as the source names it")
    reason: str = _maybe("Matter, as the source names it")
    priority: float = _maybe("Higher is served first")
    arrived_at: Instant = _column("Reached the queue or the inbox")
    answered_at: Instant = _maybe("First human answer")
    ended_at: Instant = _maybe("Last work on it done")
    wait_s: float = _maybe("Seconds from arrival to answer or leaving")
    effort_s: float = _maybe("Agent's own seconds of work", ge=0)
    effort_basis: str = _column("measured, derived or assumed", isin=EFFORT_BASES)
    elapsed_s: float = _maybe("Seconds from answer to end", ge=0)
    outcome: str = _column("How it ended (OUTCOMES)", isin=OUTCOMES)
    agent_id: str = _maybe("Who took it first")
    site: str = _maybe("Where it was taken")
    language: str = _maybe("Language of the contact")
    thread_id: str = _maybe("Conversation or ticket it belongs to")
    is_demand: bool = _column("False for employee-made, tests, receipts and outbound")
    legs: int = _column("How many source rows it was joined from")


class Identifiers(Table):
    """What a contact says of who the customer is."""

    contact_id: str = _key("Contact")
    kind: str = _key("phone, email, account, national_id, handle:<platform>, device, name, postcode, birth_date ...")
    value: str = _key("Normalised value, hashed if the plan says so")
    source: str = _column("Name of the plan's ingest entry")


class Rejects(Table):
    """Input rows that could not be used, with the reason."""

    source: str = _key("Name of the plan's ingest entry")
    file: str = _key("File name, relative to the plan")
    row: int = _key("Row or line in the file, from 1")
    reason: str = _key("Why it was rejected")
    text: str = _column("The row as found, shortened")


class Identities(Table):
    """Who each contact's customer is."""

    contact_id: str = _key("Contact")
    customer_id: str = _column("Customer")
    rule: str = _column("exact:<kind>, linked or single")
    probability: float = _column("Confidence that the contact is this customer's", ge=0, le=1)


class IdentityEdges(Table):
    """Evidence that two things are one customer; customers are computed from it."""

    edge_id: str = _key("Edge")
    left_id: str = _column("Contact or profile")
    right_id: str = _column("Contact, profile or value key")
    kind: str = _column("value, value_name, model, must_link or cannot_link")
    rule: str = _column("Rule that made it")
    probability: float = _column("Weight as a probability", ge=0, le=1)
    evidence: str = _column("What was compared")
    created_at: Instant = _column("When it was made (the run's cut-off)")
    revoked_at: Instant = _maybe("When it was taken back")


class IdentityEvents(Table):
    """What happened to customers."""

    event_id: str = _key("Event")
    kind: str = _column("create, merge, split, refuse, block or erase")
    customer_id: str = _column("Customer")
    other_id: str = _maybe("The other customer")
    edge_id: str = _maybe("The edge behind it")
    at: Instant = _column("When")


class IdentityReview(Table):
    """Likely links that a person should judge, and links that were refused."""

    left_id: str = _key("First contact of one customer")
    right_id: str = _key("First contact of the other")
    left_customer_id: str = _column("One customer")
    right_customer_id: str = _column("The other")
    probability: float = _column("How likely they are one person", ge=0, le=1)
    status: str = _column("uncertain, or refused because two unique ids would meet")
    evidence: str = _column("Bits for and against, by part of the profile")


class Customers(Table):
    """One row a customer, over the whole history."""

    customer_id: str = _key("Customer")
    first_at: Instant = _column("First contact")
    last_at: Instant = _column("Last contact")
    contacts: int = _column("Contacts")
    cases: int = _column("Matters")
    channels: int = _column("Different channels used")
    preferred_channel: str = _column("Channel used most, latest breaks ties")
    segment: str = _maybe("Segment now")
    open_cases: int = _column("Matters not closed")


class Timeline(Table):
    """Every contact in its customer's order."""

    contact_id: str = _key("Contact")
    customer_id: str = _column("Customer")
    arrived_at: Instant = _column("Arrival")
    channel: str = _column("Channel")
    case_id: str = _column("Matter")
    case_position: int = _column("Place within the matter, from 1")
    gap_s: float = _maybe("Seconds since the customer's previous contact")
    is_repeat: bool = _column("Follows an earlier contact of the same matter within the plan's days")
    is_switch: bool = _column("Repeat on another channel than the one before")
    is_duplicate: bool = _column("Same matter tried elsewhere before the first was answered")
    segment: str = _maybe("Segment at arrival")


class Cases(Table):
    """One matter of one customer."""

    case_id: str = _key("Matter")
    customer_id: str = _column("Customer")
    reason: str = _maybe("Reason family")
    opened_at: Instant = _column("First contact")
    last_at: Instant = _column("Last contact")
    contacts: int = _column("Contacts")
    channels: int = _column("Different channels")
    switches: int = _column("Channel switches")
    first_channel: str = _column("First channel")
    last_channel: str = _column("Last channel")
    resolved_first_contact: bool = _column("One contact, answered, and none after it within the plan's days")


class ChannelParity(Table):
    """Whether the same matter gets the same treatment on every channel, standardised by reason."""

    measure: str = _key("wait_s, answered or comes_back")
    segment: str = _key("Segment, all where there are none")
    channel: str = _key("Channel")
    contacts: int = _column("Contacts with a reason that more than one channel knows")
    plain: float = _maybe("Mean as it is")
    value: float = _maybe("Mean with the reasons of all contacts")
    low: float = _maybe("Lower 95 % limit of it")
    high: float = _maybe("Upper 95 % limit of it")
    reference: float = _maybe("Mean of all channels in the segment")
    is_gap: bool = _column("Apart from the reference for certain, by more than a tenth of it")


class ChannelFit(Table):
    """How each reason fares on each channel."""

    reason: str = _key("Reason, unknown where there is none")
    channel: str = _key("Channel")
    contacts: int = _column("Contacts")
    effort_s: float = _maybe("Mean effort of one of them in seconds")
    matter_s: float = _maybe("Mean effort of a matter opened there, follow-ups included")
    back_share: float = _column("Share that comes back", ge=0, le=1)
    back_low: float = _column("Lower 95 % limit of it")
    back_high: float = _column("Upper 95 % limit of it")
    moves_share: float = _column("Share that comes back on another channel", ge=0, le=1)
    fails: bool = _column("Comes back, for certain, more often than that reason elsewhere")


class Journeys(Table):
    """The most frequent orders of channels that matters took."""

    path: str = _key("Channels in their order, repeated use of one counts once")
    cases: int = _column("Matters")
    share: float = _column("Of all matters", ge=0, le=1)
    days: float = _column("Mean days from first to last contact", ge=0)


class Demand(Table):
    """Work offered to a planned queue, by interval."""

    queue: str = _key("Planned queue")
    interval_start: Instant = _key("Interval start")
    is_open: bool = _column("Queue is open")
    offered: float = _column("Contacts that arrived", ge=0)
    handled: float = _column("Contacts of these that were answered", ge=0)
    abandoned: float = _column("Contacts of these that left", ge=0)
    first_contacts: float = _column("First contacts of a matter")
    repeat_contacts: float = _column("Follow-up contacts")
    switched_contacts: float = _column("Follow-ups from another channel")
    unlinked_contacts: float = _column("Contacts of customers known from this contact alone")
    handle_s: float = _maybe("Mean effort of a contact that arrived, in seconds")
    handle_sd_s: float = _maybe("Its standard deviation")
    workload_s: float = _column("Seconds of work done in the interval", ge=0)
    is_outlier: bool = _column("Outage, level break or outlier: kept out of training")
    is_event: bool = _column("A plan's event covers it")


class Patience(Table):
    """How long customers of a live queue are willing to wait, from censored waits."""

    queue: str = _key("Planned queue")
    patience_s: float = _column("Mean patience in seconds, exponential", ge=0)
    waits: int = _column("Waits it was learnt from")
    abandoned: int = _column("Of these, ended by leaving")
    median_s: float = _maybe("Kaplan-Meier median patience, empty when fewer than half would leave")


class Forecast(Table):
    """Expected arrivals and handle time of open intervals."""

    queue: str = _key("Planned queue")
    interval_start: Instant = _key("Interval start")
    model: str = _column("Model that made it")
    mean: float = _column("Expected arrivals", ge=0)
    variance: float = _column("Variance of arrivals", ge=0)
    handle_s: float = _column("Expected handle time in seconds")
    handle_sd_s: float = _column("Standard deviation of one contact's handle time")


class ForecastQuantiles(Table):
    """The distribution of arrivals."""

    queue: str = _key("Planned queue")
    interval_start: Instant = _key("Interval start")
    quantile: float = _key("Level", ge=0, le=1)
    arrivals: float = _column("Arrivals at that level")


class ForecastPaths(Table):
    """Joint draws of arrivals over the whole horizon."""

    path: int = _key("Draw, from 0")
    queue: str = _key("Planned queue")
    interval_start: Instant = _key("Interval start")
    arrivals: float = _column("Arrivals in this draw")


class Scores(Table):
    """Rolling-origin accuracy on history."""

    queue: str = _key("Planned queue, or all")
    model: str = _key("Model")
    horizon: str = _key("Lead bucket: day 1, week 1, week 2, weeks 3-4 or all")
    n: int = _column("Intervals scored")
    wape: float = _maybe("Sum of absolute errors / sum of actuals")
    bias_share: float = _maybe("Sum of errors / sum of actuals")
    mase: float = _maybe("Error / error of repeating last week")
    rmse: float = _maybe("Root mean squared error")
    crps: float = _maybe("Continuous ranked probability score / mean actual")
    coverage_80: float = _maybe("Share of actuals inside the 80 % interval", ge=0, le=1)
    coverage_95: float = _maybe("Share of actuals inside the 95 % interval", ge=0, le=1)
    floor_wape: float = _maybe("WAPE of the best possible forecast of Poisson counts")
    fte_error: float = _maybe("Mean absolute error in agents")


class Calibration(Table):
    """How often past actuals stayed at or below each level of the forecast; a right forecast gives the level."""

    queue: str = _key("Planned queue")
    model: str = _key("Model")
    level: float = _key("Level of the distribution", ge=0, le=1)
    n: int = _column("Intervals judged")
    below_share: float = _column("Share of actuals at or below it, ranks of counts randomised", ge=0, le=1)


class Requirement(Table):
    """People a queue needs on its own."""

    queue: str = _key("Planned queue")
    interval_start: Instant = _key("Interval start")
    load_erlangs: float = _column("Offered load", ge=0)
    agents: float = _column("Net agents, fractional allowed", ge=0)
    gross_agents: float = _column("After shrinkage", ge=0)
    service_level: float = _maybe("Expected share within the target time", ge=0, le=1)
    asa_s: float = _maybe("Expected speed of answer")
    abandon_share: float = _maybe("Expected abandonment", ge=0, le=1)
    occupancy_share: float = _maybe("Expected occupancy")
    probability: float = _maybe("Chance that the target is met", ge=0, le=1)


class Pool(Table):
    """Cheapest agents by skill set that serve all queues together."""

    interval_start: Instant = _key("Interval start")
    skills: str = _key("Skill set, sorted, joined by |")
    agents: float = _column("Net agents", ge=0)


class Allocation(Table):
    """Which queue the pooled agents serve."""

    interval_start: Instant = _key("Interval start")
    skills: str = _key("Skill set")
    queue: str = _key("Planned queue")
    agents: float = _column("Net agents", ge=0)


class Agents(Table):
    """The people."""

    agent_id: str = _key("Agent")
    name: str = _column("Name")
    site: str = _maybe("Site")
    time_zone: str = _column("IANA zone the agent lives in")
    skills: str = _column("Queues the agent can serve, sorted, joined by |")
    contract: str = _column("Contract named in the plan")
    hourly_cost: float = _column("Cost of one paid hour")
    team: str = _maybe("Team")
    email: str = _maybe("Mail address")
    valid_from: Instant = _maybe("First instant employed")
    valid_to: Instant = _maybe("End of employment")


class Absences(Table):
    """When an agent cannot work."""

    agent_id: str = _key("Agent")
    start_at: Instant = _key("Start")
    end_at: Instant = _column("End")
    activity: str = _column("leave, sick, training, meeting ...")
    is_paid: bool = _column("Counts as paid time")


class Preferences(Table):
    """What an agent would like."""

    agent_id: str = _key("Agent")
    preference: str = _key("day_off, start_between or day_on")
    weekday: str = _key("mon to sun, empty for a date")
    date: str = _key("YYYY-MM-DD, empty for a weekday")
    start_from: str = _column("HH:MM, empty if it does not matter")
    start_to: str = _column("HH:MM, empty if it does not matter")
    weight: float = _column("Importance, 1 is normal")


class Roster(Table):
    """Every minute of every shift, one row an activity."""

    agent_id: str = _key("Agent")
    start_at: Instant = _key("Start of the activity")
    schedule_date: LocalDate = _column("Local date the shift belongs to (the day it starts)")
    end_at: Instant = _column("End of the activity")
    activity: str = _column("work, break, meal, meeting, training, leave ...")
    shift_id: str = _column("Shift")
    is_paid: bool = _column("Paid time")


class Changes(Table):
    """Days of a published roster that a re-plan changed."""

    agent_id: str = _key("Agent")
    schedule_date: LocalDate = _key("Local date of the shift")
    before: str = _column("Published start and end, local, or off")
    after: str = _column("New start and end, local, or off")
    reason: str = _column("absence (the agent is away) or cover (somebody else is, or the need has changed)")


class Moves(Table):
    """What to do on the running day, best first within each kind."""

    kind: str = _key("deferred_work, breaks, overtime or time_off")
    who: str = _key("Agent, or the queue of deferred work")
    start_at: Instant = _key("Where it begins")
    before: str = _key("As planned, local time")
    after: str = _key("As proposed, local time")
    hours: float = _column("Hours worked more or less, or moved", ge=0)
    saves: float = _column("Cost saved, after what it costs", ge=0)


class Coverage(Table):
    """Required and scheduled people."""

    queue: str = _key("Planned queue, or a skill set")
    interval_start: Instant = _key("Interval start")
    required: float = _column("Net agents asked for")
    scheduled: float = _column("Net agents on the roster, shrinkage taken off")
    net: float = _column("scheduled - required")


class Gaps(Table):
    """Uncovered intervals of a roster, and why nobody else works in them."""

    queue: str = _key("Planned queue")
    interval_start: Instant = _key("Interval start")
    missing: float = _column("Net agents missing", ge=0)
    message: str = _column("Who could have worked, and which rule forbids it")


class Violations(Table):
    """Broken rules found by the checker."""

    rule: str = _key("Rule")
    agent_id: str = _key("Agent, empty for a rule of the whole roster")
    start_at: Instant = _key("Where it starts")
    is_hard: bool = _column("A hard rule")
    message: str = _column("What is wrong, in words")


class Outcomes(Table):
    """Simulated service. Totals are re-weighted, never averaged."""

    period: str = _key("interval, day or horizon")
    queue: str = _key("Planned queue, or all")
    interval_start: Instant = _key("Start of the interval, local day or horizon")
    offered: float = _column("Contacts that arrived, mean over replications", ge=0)
    answered: float = _column("Answered")
    abandoned: float = _column("Left", ge=0)
    service_level: float = _maybe("Share within the target time", ge=0, le=1)
    service_level_low: float = _maybe("Lower 95 % limit", ge=0, le=1)
    service_level_high: float = _maybe("Upper 95 % limit", ge=0, le=1)
    asa_s: float = _maybe("Mean wait of the answered")
    occupancy_share: float = _maybe("Share of ready time spent on contacts")
    backlog: float = _column("Deferred contacts not finished at the end")
    late: float = _column("Deferred contacts finished after their due time")


class GroupOutcomes(Table):
    """Simulated use of the people of each skill set, mean over replications."""

    period: str = _key("interval, day or horizon")
    skills: str = _key("Queues they serve, joined by |")
    interval_start: Instant = _key("Start of the interval, local day or horizon")
    on_duty_s: float = _column("Seconds on duty, overtime included", ge=0)
    overtime_s: float = _column("Seconds beyond the end of shifts", ge=0)
    occupancy_share: float = _maybe("Share of time on duty spent on contacts", ge=0)
    occupancy_low: float = _maybe("Lower 95 % limit")
    occupancy_high: float = _maybe("Upper 95 % limit")


class Trace(Table):
    """What happened to each contact of one simulated replication, in order."""

    step: int = _key("Order of events")
    at: Instant = _column("When")
    event: str = _column(
        "arrived, answered, resumed, handed_back, ended, abandoned, callback, transferred, redialled"
    )
    queue: str = _column("Planned queue")
    contact: int = _column("Number of the contact in its queue; its events share it")
    agent_id: str = _maybe("Who answered, ended or handed it back")


class Figures(Table):
    """Headline figures of each stage, in words and numbers, in the order in which the stage tells them."""

    stage: str = _key("Stage")
    figure: str = _key("Name of the figure")
    value: float = _maybe("Number")
    unit: str = _column("Unit, empty if none")
    text: str = _column("The figure as a planner reads it, empty where another figure's text tells it")

    @classmethod
    def sort_columns(cls) -> list[str]:
        """Return the stage alone: its figures stay in the order in which they are told."""
        return ["stage"]


TABLES: dict[str, type[Table]] = {
    "contacts": Contacts,
    "identifiers": Identifiers,
    "rejects": Rejects,
    "identities": Identities,
    "identity_edges": IdentityEdges,
    "identity_events": IdentityEvents,
    "identity_review": IdentityReview,
    "customers": Customers,
    "timeline": Timeline,
    "cases": Cases,
    "channel_parity": ChannelParity,
    "channel_fit": ChannelFit,
    "journeys": Journeys,
    "demand": Demand,
    "patience": Patience,
    "forecast": Forecast,
    "forecast_quantiles": ForecastQuantiles,
    "forecast_paths": ForecastPaths,
    "scores": Scores,
    "calibration": Calibration,
    "requirement": Requirement,
    "pool": Pool,
    "allocation": Allocation,
    "agents": Agents,
    "absences": Absences,
    "preferences": Preferences,
    "roster": Roster,
    "changes": Changes,
    "moves": Moves,
    "coverage": Coverage,
    "gaps": Gaps,
    "violations": Violations,
    "outcomes": Outcomes,
    "figures": Figures,
}
