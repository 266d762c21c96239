"""Log files of one name in several folders are several files."""

from pathlib import Path

from omnistaff.ingest import load_store
from omnistaff.plan import make_plan
from omnistaff.tables.store import Store


def test_files_of_one_name_beside_the_plans_folder_are_all_kept(tmp_path: Path) -> None:
    """Each site's log has its rows in the store, also when everything is loaded again."""
    for site in ("bogota", "lima"):
        (tmp_path / site).mkdir()
        (tmp_path / site / "log.csv").write_text(f"id,at\n{site},2026-03-02T10:00:00Z\n")
    source = {
        "reader": "csv", "name": "sites", "path": "../*/log.csv", "channel": "voice",
        "columns": {"contact_id": "id", "arrived_at": "at"},
    }  # fmt: skip
    settings = {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": [source]}
    (tmp_path / "configs").mkdir()
    plan = make_plan(settings, folder=tmp_path / "configs")
    path = tmp_path / "store.duckdb"
    brought = [load_store(plan, path)[0].new_files for _ in range(3)]
    assert brought == [2, 0, 0]
    with Store(path) as store:
        assert store.read("contacts")["contact_id"].str.extract("(bogota|lima)")[0].tolist() == ["bogota", "lima"]
