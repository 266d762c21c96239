"""The pages build without a warning, and their Python runs."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.slow
def test_docs_build_without_a_warning():
    pytest.importorskip("sphinx", reason="the docs extra is not installed")
    pytest.importorskip("myst_parser", reason="the docs extra is not installed")
    done = subprocess.run(
        [sys.executable, DOCS / "build.py"], capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    built = DOCS / "_build" / "html"
    assert "contact_id" in (built / "tables.html").read_text(encoding="utf-8")
    assert "answered_share" in (built / "plan.html").read_text(encoding="utf-8")
    assert "--work" in (built / "commands.html").read_text(encoding="utf-8")


def test_formulas_of_the_python_page_run():
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "python.md").read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(blocks[1], "python.md", "exec"), names)
    om = names["om"]
    assert om.erlang_c(10.0, 12) == pytest.approx(0.4494, abs=1e-4)  # by hand: B = 0.1197, C = B / (1 - rho (1 - B))


def test_service_levels_of_the_comparison_are_ours():
    import omnistaff as om

    page = (DOCS / "comparison.md").read_text(encoding="utf-8")
    number = r"([\d,.]+)"
    rows = re.findall(
        rf"^\| {number} erlangs, {number}, {number} s, {number} s, {number} s \| \S+ \| (\S+) ", page, re.M
    )
    assert len(rows) == 4
    for row in rows:
        load, people, handle, patience, within, told = (float(text.replace(",", "")) for text in row)
        found = om.queue_measures(
            arrivals_per_s=load / handle, handle_s=handle, servers=people, within_s=within, patience_s=patience
        )
        assert found.service_level == pytest.approx(told, abs=5e-5)


def test_plan_snippets_of_the_pages_use_known_keys():
    import yaml

    from omnistaff.plan.ingest import Source
    from omnistaff.plan.queues import Queue

    for page in (DOCS / "howto").glob("*.md"):
        for block in re.findall(
            r"^ *```yaml\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        ):
            content = yaml.safe_load(textwrap.dedent(block))
            for queue in content.get("queues", []):
                Queue.model_validate(queue)
            for source in content.get("ingest", []):
                Source.model_validate(source)
