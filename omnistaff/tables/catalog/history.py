"""What customers did: contacts, who they are, and their chronology."""

from omnistaff.tables.catalog.base import Instant, Table, column, key, maybe

CHANNELS = (
    "voice", "callback", "web_chat", "whatsapp", "sms", "messenger", "instagram", "telegram", "social",
    "email", "form", "ticket", "in_person", "app", "letter", "other",
)  # fmt: skip
DIRECTIONS = ("inbound", "outbound")
OUTCOMES = ("answered", "abandoned", "short_abandoned", "flowed_out", "contained", "open")
EFFORT_BASES = ("measured", "derived", "assumed")


class Contacts(Table):
    """One customer's request on one channel; legs already joined."""

    contact_id: str = key("Unique id: source and the source's own id")
    source: str = column("Name of the plan's ingest entry")
    channel: str = column("How it came in (CHANNELS)", isin=CHANNELS)
    direction: str = column("inbound or outbound", isin=DIRECTIONS)
    queue: str = maybe("Line it waited in, as the source names it")
    reason: str = maybe("Matter, as the source names it")
    priority: float = maybe("Higher is served first")
    arrived_at: Instant = column("Reached the queue or the inbox")
    answered_at: Instant = maybe("First human answer")
    ended_at: Instant = maybe("Last work on it done")
    wait_s: float = maybe("Seconds from arrival to answer or leaving")
    effort_s: float = maybe("Agent's own seconds of work", ge=0)
    effort_basis: str = column("measured, derived or assumed", isin=EFFORT_BASES)
    elapsed_s: float = maybe("Seconds from answer to end", ge=0)
    outcome: str = column("How it ended (OUTCOMES)", isin=OUTCOMES)
    agent_id: str = maybe("Who took it first")
    site: str = maybe("Where it was taken")
    language: str = maybe("Language of the contact")
    thread_id: str = maybe("Conversation or ticket it belongs to")
    is_demand: bool = column("False for employee-made, tests, receipts and outbound")
    legs: int = column("How many source rows it was joined from")


class Identifiers(Table):
    """What a contact says of who the customer is."""

    contact_id: str = key("Contact")
    kind: str = key("phone, email, account, national_id, handle:<platform>, device, name, postcode, birth_date ...")
    value: str = key("Normalised value, hashed if the plan says so")
    source: str = column("Name of the plan's ingest entry")


class Rejects(Table):
    """Input rows that could not be used, with the reason."""

    source: str = key("Name of the plan's ingest entry")
    file: str = key("File name, relative to the plan")
    row: int = key("Row or line in the file, from 1")
    reason: str = key("Why it was rejected")
    text: str = column("The row as found, shortened")


class Identities(Table):
    """Who each contact's customer is."""

    contact_id: str = key("Contact")
    customer_id: str = column("Customer")
    rule: str = column("exact:<kind>, linked or single")
    probability: float = column("Confidence that the contact is this customer's", ge=0, le=1)


class IdentityEdges(Table):
    """Evidence that two things are one customer; customers are computed from it."""

    edge_id: str = key("Edge")
    left_id: str = column("Contact or profile")
    right_id: str = column("Contact, profile or value key")
    kind: str = column("value, value_name, model, must_link or cannot_link")
    rule: str = column("Rule that made it")
    probability: float = column("Weight as a probability", ge=0, le=1)
    evidence: str = column("What was compared")
    created_at: Instant = column("When it was made (the run's cut-off)")
    revoked_at: Instant = maybe("When it was taken back")


class IdentityEvents(Table):
    """What happened to customers."""

    event_id: str = key("Event")
    kind: str = column("create, merge, split, refuse, block or erase")
    customer_id: str = column("Customer")
    other_id: str = maybe("The other customer")
    edge_id: str = maybe("The edge behind it")
    at: Instant = column("When")


class IdentityReview(Table):
    """Likely links that a person should judge, and links that were refused."""

    left_id: str = key("First contact of one customer")
    right_id: str = key("First contact of the other")
    left_customer_id: str = column("One customer")
    right_customer_id: str = column("The other")
    probability: float = column("How likely they are one person", ge=0, le=1)
    status: str = column("uncertain, or refused because two unique ids would meet")
    evidence: str = column("Bits for and against, by part of the profile")


class Customers(Table):
    """One row a customer, over the whole history."""

    customer_id: str = key("Customer")
    first_at: Instant = column("First contact")
    last_at: Instant = column("Last contact")
    contacts: int = column("Contacts")
    cases: int = column("Matters")
    channels: int = column("Different channels used")
    preferred_channel: str = column("Channel used most, latest breaks ties")
    segment: str = maybe("Segment now")
    open_cases: int = column("Matters not closed")


class Timeline(Table):
    """Every contact in its customer's order."""

    contact_id: str = key("Contact")
    customer_id: str = column("Customer")
    arrived_at: Instant = column("Arrival")
    channel: str = column("Channel")
    case_id: str = column("Matter")
    case_position: int = column("Place within the matter, from 1")
    gap_s: float = maybe("Seconds since the customer's previous contact")
    is_repeat: bool = column("Follows an earlier contact of the same matter within the plan's days")
    is_switch: bool = column("Repeat on another channel than the one before")
    is_duplicate: bool = column("Same matter tried elsewhere before the first was answered")
    segment: str = maybe("Segment at arrival")


class Cases(Table):
    """One matter of one customer."""

    case_id: str = key("Matter")
    customer_id: str = column("Customer")
    reason: str = maybe("Reason family")
    opened_at: Instant = column("First contact")
    last_at: Instant = column("Last contact")
    contacts: int = column("Contacts")
    channels: int = column("Different channels")
    switches: int = column("Channel switches")
    first_channel: str = column("First channel")
    last_channel: str = column("Last channel")
    resolved_first_contact: bool = column("One contact, answered, and none after it within the plan's days")


class ChannelParity(Table):
    """Whether the same matter gets the same treatment on every channel, standardised by reason."""

    measure: str = key("wait_s, answered or comes_back")
    segment: str = key("Segment, all where there are none")
    channel: str = key("Channel")
    contacts: int = column("Contacts with a reason that more than one channel knows")
    plain: float = maybe("Mean as it is")
    value: float = maybe("Mean with the reasons of all contacts")
    low: float = maybe("Lower 95 % limit of it")
    high: float = maybe("Upper 95 % limit of it")
    reference: float = maybe("Mean of all channels in the segment")
    is_gap: bool = column("Apart from the reference for certain, by more than a tenth of it")


class ChannelFit(Table):
    """How each reason fares on each channel."""

    reason: str = key("Reason, unknown where there is none")
    channel: str = key("Channel")
    contacts: int = column("Contacts")
    effort_s: float = maybe("Mean effort of one of them in seconds")
    matter_s: float = maybe("Mean effort of a matter opened there, follow-ups included")
    back_share: float = column("Share that comes back", ge=0, le=1)
    back_low: float = column("Lower 95 % limit of it")
    back_high: float = column("Upper 95 % limit of it")
    back_likely: float = column("The share to expect, drawn to that of the reason where contacts are few", ge=0, le=1)
    moves_share: float = column("Share that comes back on another channel", ge=0, le=1)
    moves_low: float = column("Lower 95 % limit of it")
    moves_high: float = column("Upper 95 % limit of it")
    transfer_share: float = column("Share passed on to another line without an answer", ge=0, le=1)
    transfer_low: float = column("Lower 95 % limit of it")
    transfer_high: float = column("Upper 95 % limit of it")
    fails: bool = column("Comes back, for certain, more often than that reason elsewhere")


class Journeys(Table):
    """The most frequent orders of channels that matters took."""

    path: str = key("Channels in their order, repeated use of one counts once")
    cases: int = column("Matters")
    share: float = column("Of all matters", ge=0, le=1)
    days: float = column("Mean days from first to last contact", ge=0)


class Waiting(Table):
    """Matters in which somebody has to act, as of the end of the log."""

    contact_id: str = key("Latest contact of the matter")
    customer_id: str = column("Customer")
    case_id: str = column("Matter")
    queue: str = maybe("Line of that contact")
    channel: str = column("Its channel")
    reason: str = maybe("Its reason")
    who_waits: str = column("the customer waits for us, or we wait for the customer")
    since_at: Instant = column("First contact without an answer, or our last answer")
    waited_hours: float = column("From then to the end of the log", ge=0)
