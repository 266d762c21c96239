"use strict";
document.documentElement.classList.add("js");
for (const form of document.querySelectorAll("form.filters")) {
  const target = document.getElementById(form.dataset.for);
  const count = form.querySelector("output");
  const apply = () => {
    const wanted = [...new FormData(form)].filter(([, value]) => value !== "");
    let shown = 0;
    for (const group of target.querySelectorAll("[data-group]")) {
      let left = 0;
      for (const row of group.querySelectorAll("tr[data-row]")) {
        const fits = wanted.every(([key, value]) =>
          key === "day" ? group.dataset.group === value
          : key === "agent" ? row.dataset.agent.includes(value.toLowerCase())
          : row.dataset[key].includes(`|${value}|`));
        row.hidden = !fits;
        left += fits;
      }
      group.hidden = left === 0 && wanted.length > 0;
      if (wanted.some(([key]) => key === "day") && left > 0) group.open = true;
      shown += left;
    }
    if (count) count.textContent = `${shown} rows`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  apply();
}
