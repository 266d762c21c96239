"""Putting the report together: which sections there are, what they could not show, and the page itself."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from omnistaff.plan import Plan
from omnistaff.report.content import Block, Section, SectionPlan
from omnistaff.report.inputs import Inputs
from omnistaff.tables.files import MAKERS, Workspace, write_text


def write_report(
    path: str | Path,
    work: Workspace,
    plan: Plan,
    *,
    manifest: Mapping[str, Any] | None = None,
    previous: Mapping[str, Any] | None = None,
) -> Path:
    """Write the report on the tables in *work* as one self-contained HTML file; return its path.

    What cannot be shown for want of a table is left out with a note that names the command to run. *manifest*
    is the record of the run (versions, input hashes) that the assumptions print, *previous* that of an earlier
    run, whose figures are set beside today's.
    """
    target = Path(path)
    write_text(target, render(Inputs(work, plan, manifest, previous)))
    return target


def render(inputs: Inputs) -> str:
    """Return the page."""
    import jinja2

    folder = resources.files("omnistaff.report") / "templates"
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    template = environment.from_string((folder / "report.html.jinja").read_text(encoding="utf-8"))
    return template.render(
        title=inputs.plan.report.title or inputs.plan.name,
        plan=inputs.plan,
        sections=build_sections(inputs),
        style=(folder / "style.css").read_text(encoding="utf-8"),
        script=(folder / "script.js").read_text(encoding="utf-8"),
    )


def build_sections(inputs: Inputs) -> list[Section]:
    """Return the sections that have anything to say."""
    from omnistaff.report.sections import SECTIONS

    sections = [_build(section, inputs) for section in SECTIONS]
    return [section for section in sections if section.blocks or section.missing or section.facts]


def _build(section: SectionPlan, inputs: Inputs) -> Section:
    blocks: list[Block] = []
    missing: dict[str, None] = {}
    for part in section.parts:
        absent = [name for name in part.needs if not inputs.has(name)]
        if absent:
            missing.update(dict.fromkeys(absent))
            continue
        block = part.build(inputs)
        if block is not None:
            blocks.append(block)
    notes = tuple(
        f"Left out for want of the table {name}: run `omnistaff {MAKERS.get(name, 'run')}` first." for name in missing
    )
    return Section(
        section.name,
        section.title,
        section.question,
        inputs.facts(section.stages),
        tuple(blocks),
        notes,
        section.stages,
    )
