// The slider of a backtest: shows one level of the table, and what became of each blow-up there. The table has it all.
"use strict";

const levels = document.querySelector("[data-levels]");
if (levels) {
  const slider = levels.querySelector("input");
  const sentence = document.getElementById("level-said");
  const rows = [...document.querySelectorAll("[data-level]")];
  const blowUps = [...document.querySelectorAll(".at-level")].map((line) => ({
    line,
    chip: line.querySelector(".fate"),
    fates: JSON.parse(line.dataset.fates),
    told: JSON.parse(line.dataset.told),
  }));
  const show = () => {
    const at = Number(slider.value);
    sentence.textContent = rows[at].dataset.level;
    slider.setAttribute("aria-valuetext", rows[at].dataset.level);
    rows.forEach((row, number) => {
      row.classList.toggle("chosen-level", number === at);
      if (number === at) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
    for (const one of blowUps) {
      one.chip.textContent = one.told[at];
      one.chip.className = "chip fate " + one.fates[at];
    }
  };
  levels.hidden = false;
  for (const one of blowUps) one.line.hidden = false;
  slider.addEventListener("input", show);
  show();
}
