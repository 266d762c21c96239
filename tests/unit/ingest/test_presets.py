"""The 311 presets on invented rows in the cities' own layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

BOSTON = """case_enquiry_id,open_dt,target_dt,closed_dt,ontime,case_status,case_title,subject,reason,type,queue,department,\
neighborhood,location_zipcode,source
1,2011-07-01 01:32:33,,2011-07-01 05:06:58,ONTIME,Closed,T,S,Street Lights,T,PWDx_Lights,PWDx,Roslindale,02131,Constituent Call
2,2011-07-01 09:00:00,,,ONTIME,Open,T,S,Sanitation,T,PWDx_Bulk,PWDx,,,Employee Generated
3,2011-11-06 01:30:00,,2011-11-06 02:10:00,ONTIME,Closed,T,S,Sanitation,T,PWDx_Bulk,PWDx,,02118,Citizens Connect App
4,2011-07-01 09:00:00,,,ONTIME,Open,T,S,Sanitation,T,PWDx_Bulk,PWDx,,,Carrier Pigeon
"""  # noqa: E501  # the layout of the export
VANCOUVER = """opened_local,last_modified_local,service_request_close_date,department,service_request_type,status,\
closure_reason,local_area,channel
2023-01-25T21:50:13-0800,2023-01-25T21:50:47-0800,2023-01-25,311 Contact Centre,Feedback,Close,Done,Strathcona,Phone
2023-01-25T21:50:13-0800,2023-01-25T21:50:47-0800,2023-01-25,311 Contact Centre,Feedback,Close,Done,Strathcona,Phone
2023-07-26T10:20:16-0700,2023-07-30T12:00:18-0700,,311 Contact Centre,Feedback,Open,,,Mail/Mail Out
"""


def test_boston_counts_residents_not_staff_and_leaves_open_cases_open(read_sample: Any, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(BOSTON)
    result = read_sample("b.csv", tmp_path, reader="csv", preset="boston_311")
    contacts = result.log.contacts
    assert contacts["channel"].tolist() == ["voice", "other", "app", "other"]
    assert contacts["is_demand"].tolist() == [True, False, True, True]
    assert contacts["outcome"].tolist() == ["answered", "open", "answered", "open"]
    assert contacts["arrived_at"][0] == pd.Timestamp("2011-07-01 01:32:33", tz="America/New_York")
    assert contacts["arrived_at"][2] == pd.Timestamp("2011-11-06 05:30", tz="UTC")  # the first of the two
    assert result.log.identifiers["value"].tolist() == ["02131", "02118"]
    assert result.tallies[0].unknown == {("channel", "Carrier Pigeon"): 1}


def test_vancouver_keeps_equal_rows_for_there_is_no_case_number(read_sample: Any, tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(VANCOUVER)
    contacts = read_sample("v.csv", tmp_path, reader="csv", preset="vancouver_311").log.contacts
    assert contacts["channel"].tolist() == ["voice", "voice", "letter"]
    assert contacts["outcome"].tolist() == ["answered", "answered", "open"]
    assert contacts["arrived_at"][2] == pd.Timestamp("2023-07-26 17:20:16", tz="UTC")
