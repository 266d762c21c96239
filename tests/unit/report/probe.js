// Runs inside the page under test and leaves what it finds as JSON in an element called probe.
"use strict";
(() => {
  const visible = (element) => element.checkVisibility ? element.checkVisibility() : element.offsetParent !== null;
  const rows = (id) => [...document.querySelectorAll(`#${id} tr[data-row]`)].filter((row) => !row.hidden);
  const form = (id) => document.querySelector(`form[data-for="${id}"]`);
  const set = (id, name, value) => {
    form(id).elements[name].value = value;
    form(id).dispatchEvent(new Event("input", { bubbles: true }));
  };
  const reset = (id) => {
    for (const field of form(id).elements) if (field.name) field.value = "";
    form(id).dispatchEvent(new Event("input", { bubbles: true }));
  };
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => channels(colour).slice(0, 3)
    .map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, k) => sum + c * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const contrast = (element) => {
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const weak = [];
  for (const element of document.querySelectorAll("body *")) {
    const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (says && !element.closest("svg, script") && visible(element) && contrast(element) < 4.5) {
      weak.push(`${element.tagName} ${element.className} ${contrast(element).toFixed(2)} ${element.textContent.slice(0, 30)}`);
    }
  }
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].map((heading) => Number(heading.tagName[1]));
  const named = (field) => field.closest("label") !== null || field.getAttribute("aria-label") !== null;
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  const found = {
    errors: window.__errors,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    page: getComputedStyle(document.body).backgroundColor,
    weak,
    skipped: levels.filter((level, k) => k > 0 && level > levels[k - 1] + 1).length,
    firsts: levels.filter((level) => level === 1).length,
    unnamed: [...document.querySelectorAll("input, select")].filter((field) => !named(field)).length,
    silent: [...document.querySelectorAll(".plot")].filter((plot) => !(plot.getAttribute("aria-label") || "").trim()).length,
    plots: document.querySelectorAll(".plot svg").length,
    downloads: document.querySelectorAll("a[download]").length,
    twice: ids.filter((id, k) => ids.indexOf(id) !== k),
    targets: [...document.querySelectorAll('a[href^="#"]')].filter((link) => !document.querySelector(link.getAttribute("href"))).length,
    scopes: document.querySelectorAll("th:not([scope])").length,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    all: rows("roster-days").length,
    requests: performance.getEntriesByType("resource").filter((entry) => !entry.name.startsWith("data:")).map((entry) => entry.name),
  };
  if (form("roster-days")) {
    const day = document.querySelectorAll("#roster-days details")[1].dataset.group;
    set("roster-days", "day", day);
    found.dayRows = rows("roster-days").map((row) => row.closest("details").dataset.group);
    found.dayOpen = document.querySelector(`#roster-days details[data-group="${day}"]`).open;
    found.day = day;
    reset("roster-days");
    set("roster-days", "team", "north");
    found.teams = [...new Set(rows("roster-days").map((row) => row.dataset.team))];
    reset("roster-days");
    set("roster-days", "queue", "mail");
    found.skills = [...new Set(rows("roster-days").map((row) => row.dataset.queue))];
    reset("roster-days");
    set("roster-days", "agent", "A005");
    found.agents = [...new Set(rows("roster-days").map((row) => row.dataset.agent))];
    reset("roster-days");
    found.again = rows("roster-days").length;
    const counted = (id) => form(id).querySelector("output").textContent;
    found.gapCount = rows("roster-uncovered").length;
    set("roster-uncovered", "queue", "mail");
    found.gapQueues = [...new Set(rows("roster-uncovered").map((row) => row.dataset.queue))];
    found.gapOutput = counted("roster-uncovered") === `${rows("roster-uncovered").length} rows`;
    reset("roster-uncovered");
    found.gapAgain = rows("roster-uncovered").length;
    set("roster-fairness", "team", "south");
    found.fairTeams = [...new Set(rows("roster-fairness").map((row) => row.dataset.team))];
    set("roster-fairness", "agent", "a003");
    found.fairAgents = rows("roster-fairness").map((row) => row.dataset.agent);
    reset("roster-fairness");
    set("interval-days", "queue", "mail");
    found.intervalQueues = [...new Set(rows("interval-days").map((row) => row.dataset.queue))];
    reset("interval-days");
  }
  const output = document.createElement("pre");
  output.id = "probe";
  output.textContent = JSON.stringify(found);
  document.body.append(output);
})();
