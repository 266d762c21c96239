"""The demo bank in numbers: its lines, opening hours, reasons, handle times, events. Everything invented is here.

``docs/samples.md`` states the model in words. A *line* is one place where customers reach the bank; the plan's
queues are made of lines.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field

from omnistaff.errors import ConfigError

ZONE = "Europe/Madrid"
COUNTRY, REGION = "ES", "MD"
INTERVAL_MINUTES = 30
LAST_DAY = dt.date(2026, 3, 15)  # a Sunday, so that the forecast begins on a Monday
WEEKS = 26
DOMAINS = ("cards", "accounts")  # a matter is about a card or about an account


@dataclass(frozen=True)
class Reason:
    """What a matter is about: its domain, its share there, and how much longer than usual it takes."""

    name: str
    domain: str
    share: float
    effort_factor: float


REASONS = (
    Reason("card_lost", "cards", 0.22, 0.85),
    Reason("card_charge", "cards", 0.38, 1.20),
    Reason("card_pin", "cards", 0.22, 0.70),
    Reason("card_new", "cards", 0.18, 1.05),
    Reason("account_balance", "accounts", 0.30, 0.65),
    Reason("account_transfer", "accounts", 0.30, 0.95),
    Reason("account_fees", "accounts", 0.22, 1.15),
    Reason("loan", "accounts", 0.18, 1.60),
)


@dataclass(frozen=True)
class Line:
    """One way to reach the bank."""

    name: str
    channel: str
    source: str  # the log it is written to
    weekly: float  # contacts in an average week
    hours: dict[str, str]  # when agents serve it
    cards_share: float  # share of contacts in the domain "cards"
    effort_s: float  # mean agent time of a first contact; for chats, alone with one customer
    effort_cv: float
    patience_s: float  # mean patience; infinite for mail
    follow_up_share: float  # share of contacts that follow up an earlier one
    profile: str  # shape of the day
    slots: int = 1  # conversations an agent works at once
    staffing_factor: float = 0.7  # agents = load + factor * sqrt(load)
    redial_share: float = 0.0  # of those who hung up
    arrivals: dict[str, str] = field(default_factory=dict)  # when customers come, if not in `hours`


VOICE_HOURS = {"mon-fri": "08:00-22:00", "sat": "09:00-14:00", "holidays": "closed"}
CHAT_HOURS = {"mon-fri": "09:00-21:00", "holidays": "closed"}
ALWAYS = {"daily": "24h"}

LINES = (
    Line(
        "cards-voice", "voice", "pbx", 1500, VOICE_HOURS | {"sun": "10:00-14:00", "holidays": "10:00-14:00"},
        1.0, 380, 0.75, 170, 0.16, "voice", redial_share=0.55,
    ),
    Line(
        "accounts-voice", "voice", "connect", 1400, VOICE_HOURS,
        0.0, 460, 0.8, 210, 0.17, "voice", redial_share=0.5,
    ),
    Line("web-chat", "web_chat", "chatwoot", 560, CHAT_HOURS, 0.45, 520, 0.7, 260, 0.12, "evening", slots=3),
    Line(
        "whatsapp", "whatsapp", "whatsapp", 620, CHAT_HOURS, 0.40, 560, 0.8, 2700, 0.15, "evening", slots=3,
    ),
    Line(
        "email", "email", "zendesk", 500, {"mon-fri": "08:00-20:00", "holidays": "closed"},
        0.35, 560, 0.8, float("inf"), 0.24, "mail", arrivals=ALWAYS, staffing_factor=0.5,
    ),
    Line(
        "form", "form", "zendesk", 260, {"mon-fri": "08:00-20:00", "holidays": "closed"},
        0.30, 500, 0.8, float("inf"), 0.12, "mail", arrivals=ALWAYS, staffing_factor=0.5,
    ),
    Line(
        "branch", "in_person", "branch", 430,
        {"mon-fri": "08:30-14:30", "thu": "08:30-14:30, 16:00-18:30", "holidays": "closed"},
        0.22, 600, 0.7, 1500, 0.14, "branch",
    ),
)  # fmt: skip
LINE_NAMES = tuple(line.name for line in LINES)

#: Relative strength of each hour of the local day.
PROFILES = {
    "voice": (0, 0, 0, 0, 0, 0, 0, 0, 55, 92, 112, 115, 104, 84, 60, 58, 74, 84, 80, 62, 42, 26, 0, 0),
    "evening": (2, 1, 1, 1, 1, 1, 3, 16, 34, 62, 80, 84, 80, 72, 66, 66, 76, 88, 96, 92, 76, 46, 24, 8),
    "mail": (6, 3, 2, 2, 2, 4, 12, 34, 74, 104, 112, 104, 92, 70, 62, 66, 72, 70, 62, 52, 42, 34, 24, 12),
    "branch": (0, 0, 0, 0, 0, 0, 0, 0, 90, 112, 120, 116, 96, 70, 50, 0, 80, 70, 40, 0, 0, 0, 0, 0),
}
#: Monday to Sunday.
WEEKDAY_FACTOR = (1.20, 1.06, 1.00, 0.98, 0.98, 0.55, 0.35)
TREND_A_YEAR = 0.08
#: Salaries and card statements: extra share on the last two and first three days of a month.
MONTH_TURN_SHARE = 0.14
#: Standard deviation of log demand of a day: common to all lines, and of each line.
COMMON_DAY_SD, LINE_DAY_SD, DAY_MEMORY = 0.05, 0.045, 0.5
HOLIDAY_FACTOR, AFTER_HOLIDAY_FACTOR = 0.55, 1.12
CHRISTMAS = (dt.date(2025, 12, 24), dt.date(2026, 1, 5), 0.78)


@dataclass(frozen=True)
class Happening:
    """A launch, campaign or outage: extra contacts as a share of the line's usual demand on the first day."""

    name: str
    kind: str
    start: dt.datetime
    extra_share: dict[str, float]
    half_life_days: float
    end: dt.datetime | None = None


HAPPENINGS = (
    Happening(
        "blue-card", "launch", dt.datetime(2025, 11, 3), {"cards-voice": 0.9, "web-chat": 0.7, "whatsapp": 0.6},
        half_life_days=8,
    ),
    Happening(
        "mortgage-offer", "campaign", dt.datetime(2026, 1, 19),
        {"accounts-voice": 0.25, "branch": 0.2, "email": 0.2, "form": 0.35}, half_life_days=1e9,
        end=dt.datetime(2026, 2, 1),
    ),
    Happening(
        "app-outage", "outage", dt.datetime(2026, 2, 10, 10),
        {"accounts-voice": 2.2, "cards-voice": 0.8, "web-chat": 1.8, "whatsapp": 1.6}, half_life_days=1e9,
        end=dt.datetime(2026, 2, 10, 13),
    ),
)  # fmt: skip

#: Where the previous contact of a follow-up was made: P(previous line | line of the follow-up).
CAME_FROM = {
    "cards-voice": {
        "cards-voice": 0.46, "web-chat": 0.17, "whatsapp": 0.15, "email": 0.12, "form": 0.06, "branch": 0.04,
    },
    "accounts-voice": {
        "accounts-voice": 0.44, "web-chat": 0.15, "whatsapp": 0.14, "email": 0.15, "form": 0.08, "branch": 0.04,
    },
    "web-chat": {"web-chat": 0.45, "cards-voice": 0.15, "accounts-voice": 0.15, "whatsapp": 0.10, "email": 0.15},
    "whatsapp": {"whatsapp": 0.52, "cards-voice": 0.14, "accounts-voice": 0.14, "web-chat": 0.12, "email": 0.08},
    "email": {"email": 0.60, "cards-voice": 0.10, "accounts-voice": 0.14, "form": 0.06, "branch": 0.10},
    "form": {"form": 0.40, "email": 0.25, "accounts-voice": 0.20, "web-chat": 0.15},
    "branch": {"branch": 0.35, "accounts-voice": 0.30, "cards-voice": 0.10, "email": 0.15, "web-chat": 0.10},
}  # fmt: skip
#: Mean days between a contact and its follow-up.
FOLLOW_UP_DAYS = 1.6
#: A follow-up takes longer: the matter is harder.
FOLLOW_UP_EFFORT = 1.22


@dataclass(frozen=True)
class Size:
    """How much of the world to make: full size is 26 weeks at scale 1."""

    weeks: int = WEEKS
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not 1 <= self.weeks <= WEEKS:
            raise ConfigError(f"weeks is {self.weeks}, expected 1 to {WEEKS}")
        if not 0 < self.scale <= 10:
            raise ConfigError(f"scale is {self.scale}, expected above 0 and at most 10")

    @property
    def first_day(self) -> dt.date:
        """The Monday that history begins on."""
        return LAST_DAY - dt.timedelta(days=7 * self.weeks - 1)

    @property
    def days(self) -> int:
        """Days of history."""
        return 7 * self.weeks

    @property
    def customers(self) -> int:
        """People who might make contact."""
        years_share: float = self.weeks / WEEKS
        return max(50, round(42_000 * self.scale * math.sqrt(years_share)))
