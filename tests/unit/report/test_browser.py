"""The page in a real browser: no errors, nothing leaves it, filters work, everybody can read it."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from omnistaff.report import write_report

BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here: install it to try the page in a browser")

LISTEN = """<script>
window.__errors = [];
addEventListener("error", (event) => window.__errors.push(event.message));
addEventListener("securitypolicyviolation", (event) => window.__errors.push("blocked " + event.blockedURI));
</script>"""


def visit(page, folder, *flags):
    """Return what the probe finds on *page*, opened with *flags*."""
    probe = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8").replace("<title>", LISTEN + "<title>", 1)
    probed = folder / "probed.html"
    probed.write_text(text.replace("</body>", f"<script>{probe}</script></body>"), encoding="utf-8")
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        f"--user-data-dir={folder / 'profile'}", *flags, "--dump-dom", probed.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    found = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout.decode("utf-8"), re.DOTALL)
    assert found, done.stdout[-2000:]
    return json.loads(html.unescape(found[1]))


@pytest.fixture(scope="module")
def page(world):
    return write_report(world.work.folder / "report.html", world.work, world.plan)


@pytest.fixture(scope="module")
def light(page, tmp_path_factory):
    return visit(page, tmp_path_factory.mktemp("light"), "--window-size=1200,900")


@pytest.fixture(scope="module")
def dark(page, tmp_path_factory):
    return visit(page, tmp_path_factory.mktemp("dark"), "--window-size=1200,900", "--force-dark-mode")


def test_scripts_run_without_errors_and_nothing_is_fetched(light):
    assert light["errors"] == []
    assert light["requests"] == []


def test_day_filter_leaves_and_opens_that_day(light):
    assert set(light["dayRows"]) == {light["day"]}
    assert light["dayOpen"]


def test_team_queue_and_agent_filters_leave_the_rows_that_fit(light):
    assert light["teams"] == ["|north|"]
    assert light["skills"] == ["|cards|chat|mail|"]
    assert light["agents"] == ["ana líma, 5 a005"]
    assert light["intervalQueues"] == ["|mail|"]


def test_plain_tables_are_filtered_alike(light):
    assert light["gapQueues"] == ["|mail|"]
    assert light["gapOutput"]
    assert light["gapAgain"] == light["gapCount"] > 1
    assert light["fairTeams"] == ["|south|"]
    assert light["fairAgents"] == ["ana líma, 3 a003"]


def test_taking_the_filters_off_shows_every_row_again(light):
    assert light["again"] == light["all"] > 100


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_has_contrast_in_both_themes(theme, request):
    found = request.getfixturevalue(theme)
    assert found["dark"] == (theme == "dark")
    assert found["weak"] == []


def test_headings_fields_pictures_and_tables_are_named_for_screen_readers(light):
    assert light["firsts"] == 1
    assert (light["skipped"], light["unnamed"], light["silent"], light["scopes"]) == (0, 0, 0, 0)
    assert light["twice"] == []
    assert light["targets"] == 0


def test_every_chart_has_its_numbers_to_download(light):
    assert light["plots"] >= 19
    assert light["downloads"] > light["plots"]


def test_page_without_scripts_shows_every_row_and_no_filter(page):
    text = page.read_text(encoding="utf-8")
    body = text[text.index("<body>") : text.index("<script>")]
    assert " hidden" not in body
    assert ".filters { display: none;" in text
    assert ".js .filters { display: flex; }" in text
    assert body.count("<tr data-row") > 500


def test_page_prints_without_losing_columns(page, tmp_path):
    text = page.read_text(encoding="utf-8").replace("@media print", "@media all")
    printed = tmp_path / "printed.html"
    printed.write_text(text, encoding="utf-8")
    found = visit(printed, tmp_path, "--window-size=1000,1400")
    assert found["wide"] <= 0
    assert found["page"] == "rgb(255, 255, 255)"


def test_page_fits_a_phone(page, tmp_path):
    found = visit(page, tmp_path, "--window-size=500,900")  # the narrowest window that headless Chromium opens
    assert found["wide"] <= 0
