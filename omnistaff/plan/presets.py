"""Settings of files that many people have: a preset fills a source's keys, the plan's own keys win."""

from __future__ import annotations

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    # The Technion's "Anonymous Bank" call-centre logs of 1999, one row a call, local clock times.
    # ``omnistaff.ingest.presets`` adds the dates of each clock time and the word for callers who left in the menu.
    "technion_calls": {
        "time_zone": "Asia/Jerusalem",
        "time_format": "%y%m%d %H:%M:%S",
        "channel": "voice",
        "columns": {
            "contact_id": "date + vru+line + call_id",
            "channel": "type",
            "queue": "type",
            "reason": "type",
            "priority": "priority",
            "arrived_at": "arrival_at",
            "answered_at": "ser_start_at",
            "ended_at": "ser_exit_at | q_exit_at | vru_exit_at",
            "wait_s": "q_time",
            "effort_s": "ser_time",
            "outcome": "outcome",
            "is_demand": "outcome",
            "agent_id": "server",
            "account": "customer_id",
        },
        "empty": {
            "q_start": ["0:00:00"],
            "q_exit": ["0:00:00"],
            "ser_start": ["0:00:00"],
            "ser_exit": ["0:00:00"],
            "ser_time": ["0"],
            "server": ["NO_SERVER"],
            "customer_id": ["0"],
        },
        "values": {
            "channel": {"TT": "callback", "*": "voice"},
            "priority": {"0": "1"},
            "outcome": {"AGENT": "answered", "HANG": "abandoned", "MENU": "contained", "PHANTOM": "contained"},
            "is_demand": {"PHANTOM": "false", "*": "true"},
        },
    },
    # City of Boston, 311 service requests (2011 export): local times; what staff enter themselves is no demand.
    "boston_311": {
        "time_zone": "America/New_York",
        "ambiguous": "first",
        "columns": {
            "contact_id": "case_enquiry_id",
            "channel": "source",
            "queue": "queue",
            "reason": "reason",
            "arrived_at": "open_dt",
            "ended_at": "closed_dt",
            "is_demand": "source",
            "site": "neighborhood",
            "postcode": "location_zipcode",
        },
        "values": {
            "channel": {
                "Constituent Call": "voice",
                "Self Service": "form",
                "Citizens Connect App": "app",
                "Twitter": "social",
                "Employee Generated": "other",
                "Maximo Integration": "other",
            },
            "is_demand": {"Employee Generated": "false", "Maximo Integration": "false", "*": "true"},
        },
    },
    # City of Vancouver, 3-1-1 feedback cases: stamps carry their offset, there is no case number.
    "vancouver_311": {
        "columns": {
            "channel": "channel",
            "queue": "department",
            "reason": "service_request_type",
            "arrived_at": "opened_local",
            "outcome": "status",
            "site": "local_area",
        },
        "values": {
            "channel": {
                "Phone": "voice",
                "Chat": "web_chat",
                "E-mail": "email",
                "Social Media": "social",
                "Mail": "letter",
                "Mail Out": "letter",
                "Mail/Mail Out": "letter",
            },
            "outcome": {"Close": "answered", "Open": "open"},
        },
    },
}
