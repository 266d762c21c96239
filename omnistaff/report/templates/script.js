"use strict";
document.documentElement.classList.add("js");
for (const form of document.querySelectorAll("form.filters")) {
  const target = document.getElementById(form.dataset.for);
  const groups = [...target.querySelectorAll("[data-group]")];
  const count = form.querySelector("output");
  const fits = (row, [key, value]) =>
    key === "agent" ? row.dataset.agent.includes(value.toLowerCase())
    : key in row.dataset ? row.dataset[key].includes(`|${value}|`)
    : row.closest("[data-group]").dataset.group === value;
  const apply = () => {
    const wanted = [...new FormData(form)].filter(([, value]) => value !== "");
    let shown = 0;
    for (const part of groups.length ? groups : [target]) {
      let left = 0;
      for (const row of part.querySelectorAll("tr[data-row]")) {
        row.hidden = !wanted.every((one) => fits(row, one));
        left += !row.hidden;
      }
      if (groups.length) part.hidden = left === 0 && wanted.length > 0;
      if (groups.length && wanted.some(([key]) => key === "day") && left > 0) part.open = true;
      shown += left;
    }
    if (count) count.textContent = `${shown} rows`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  apply();
}
