"""What is expected and needed: demand, forecast, staffing."""

from omnistaff.tables.catalog.base import Instant, LocalDate, Table, column, key, maybe


class Demand(Table):
    """Work offered to a planned queue, by interval."""

    queue: str = key("Planned queue")
    interval_start: Instant = key("Interval start")
    is_open: bool = column("Queue is open")
    offered: float = column("Contacts that arrived", ge=0)
    handled: float = column("Contacts of these that were answered", ge=0)
    abandoned: float = column("Contacts of these that left", ge=0)
    first_contacts: float = column("First contacts of a matter")
    repeat_contacts: float = column("Follow-up contacts")
    switched_contacts: float = column("Follow-ups from another channel")
    unlinked_contacts: float = column("Contacts of customers known from this contact alone")
    handle_s: float = maybe("Mean effort of a contact that arrived, in seconds")
    handle_sd_s: float = maybe("Its standard deviation")
    workload_s: float = column("Seconds of work done in the interval", ge=0)
    is_outlier: bool = column("Outage, level break or outlier: kept out of training")
    is_event: bool = column("A plan's event covers it")


class Patience(Table):
    """How long customers of a live queue are willing to wait, from censored waits."""

    queue: str = key("Planned queue")
    patience_s: float = column("Mean patience in seconds, exponential", ge=0)
    waits: int = column("Waits it was learnt from")
    abandoned: int = column("Of these, ended by leaving")
    median_s: float = maybe("Kaplan-Meier median patience, empty when fewer than half would leave")


class Forecast(Table):
    """Expected arrivals and handle time of open intervals."""

    queue: str = key("Planned queue")
    interval_start: Instant = key("Interval start")
    model: str = column("Model that made it")
    mean: float = column("Expected arrivals", ge=0)
    variance: float = column("Variance of arrivals", ge=0)
    handle_s: float = column("Expected handle time in seconds")
    handle_sd_s: float = column("Standard deviation of one contact's handle time")
    handle_error_s: float = maybe("Standard error of a day's mean handle time")


class ForecastQuantiles(Table):
    """The distribution of arrivals."""

    queue: str = key("Planned queue")
    interval_start: Instant = key("Interval start")
    quantile: float = key("Level", ge=0, le=1)
    arrivals: float = column("Arrivals at that level")


class ForecastPaths(Table):
    """Joint draws of arrivals over the whole horizon."""

    path: int = key("Draw, from 0")
    queue: str = key("Planned queue")
    interval_start: Instant = key("Interval start")
    arrivals: float = column("Arrivals in this draw")


class ReasonForecast(Table):
    """What the days to come are about."""

    queue: str = key("Planned queue")
    date: LocalDate = key("Local date")
    reason: str = key("Matter, as the source names it; other for rare ones, unknown where there is none")
    mean: float = column("Expected contacts", ge=0)
    variance: float = column("Their variance", ge=0)


class ReasonShares(Table):
    """What the contacts to come of each queue are about, all days together."""

    queue: str = key("Planned queue")
    reason: str = key("Matter, as the source names it; other for rare ones, unknown where there is none")
    contacts: float = column("Expected contacts", ge=0)
    share: float = column("Of the queue's", ge=0, le=1 + 1e-9)


class Scores(Table):
    """Rolling-origin accuracy on history."""

    queue: str = key("Planned queue, or all")
    model: str = key("Model")
    horizon: str = key("Lead bucket: day 1, week 1, week 2, weeks 3-4 or all")
    n: int = column("Intervals scored")
    wape: float = maybe("Sum of absolute errors / sum of actuals")
    bias_share: float = maybe("Sum of errors / sum of actuals")
    mase: float = maybe("Error / error of repeating last week")
    rmse: float = maybe("Root mean squared error")
    crps: float = maybe("Continuous ranked probability score / mean actual")
    coverage_80: float = maybe("Share of actuals inside the 80 % interval", ge=0, le=1)
    coverage_95: float = maybe("Share of actuals inside the 95 % interval", ge=0, le=1)
    floor_wape: float = maybe("WAPE of the best possible forecast of Poisson counts")
    fte_error: float = maybe("Mean absolute error in agents")


class Calibration(Table):
    """How often past actuals stayed at or below each level of the forecast; a right forecast gives the level."""

    queue: str = key("Planned queue")
    model: str = key("Model")
    level: float = key("Level of the distribution", ge=0, le=1)
    n: int = column("Intervals judged")
    below_share: float = column("Share of actuals at or below it, ranks of counts randomised", ge=0, le=1)


class Requirement(Table):
    """People a queue needs on its own."""

    queue: str = key("Planned queue")
    interval_start: Instant = key("Interval start")
    load_erlangs: float = column("Offered load", ge=0)
    agents: float = column("Net agents, fractional allowed", ge=0)
    gross_agents: float = column("After shrinkage", ge=0)
    service_level: float = maybe("Expected share within the target time", ge=0, le=1)
    asa_s: float = maybe("Expected speed of answer")
    abandon_share: float = maybe("Expected abandonment", ge=0, le=1)
    occupancy_share: float = maybe("Expected occupancy")
    probability: float = maybe("Chance that the target is met", ge=0, le=1)


class Certainty(Table):
    """What it costs to keep the promises with a probability: all queues, each on its own."""

    probability: float = key("That the promise is kept in an interval", gt=0, lt=1)
    agent_hours: float = column("Net agent-hours over the horizon", ge=0)
    extra_share: float = column("Above staffing for the mean")


class OpeningHours(Table):
    """Every hour of the week of a queue: whom it would serve, what it costs, whether to be open."""

    queue: str = key("Planned queue, live or messaging")
    weekday: int = key("0 is Monday, in the queue's zone", ge=0, le=6)
    hour: int = key("0 to 23", ge=0, le=23)
    is_open: bool = column("Open in most of the latest weeks")
    basis: str = column("What contacts are known from: open, attempts, other days, shape of others or nothing known")
    contacts: float = column("Expected a week in this hour", ge=0)
    new_contacts: float = column("Of these, not served at another time today, and to be counted on", ge=0)
    agents: float = column("Gross agents to keep the promise", ge=0)
    cost: float = column("A week", ge=0)
    cost_per_contact: float = maybe("Cost of a new contact, empty where there are none")
    pays: bool = column("Worth being open")


class Pool(Table):
    """Cheapest agents by skill set that serve all queues together."""

    interval_start: Instant = key("Interval start")
    skills: str = key("Skill set, sorted, joined by |")
    agents: float = column("Net agents", ge=0)


class Allocation(Table):
    """Which queue the pooled agents serve."""

    interval_start: Instant = key("Interval start")
    skills: str = key("Skill set")
    queue: str = key("Planned queue")
    agents: float = column("Net agents", ge=0)


class StaffingCurve(Table):
    """What each queue loses with fewer and with more people than the pool gives it."""

    queue: str = key("Planned queue")
    interval_start: Instant = key("Interval start")
    share: float = key("Of the people whom the pool gives the queue there", ge=0)
    agents: float = column("Net agents", ge=0)
    abandoned: float = column("Contacts expected to leave", ge=0)
    late: float = column("Contacts expected to be served, but later than promised", ge=0)
