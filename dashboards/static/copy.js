// A button that copies the words that it has, or those beside it. Without this file they can be selected and copied by hand.
"use strict";

document.documentElement.classList.add("scripted");

function select(words) {
  const range = document.createRange();
  range.selectNodeContents(words);
  const chosen = getSelection();
  chosen.removeAllRanges();
  chosen.addRange(range);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const words = button.parentElement.querySelector(".words");
  const text = button.dataset.copy || words.textContent;
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Browsers keep the clipboard from pages that do not come by https.
    if (!words) return;
    select(words);
    if (!document.execCommand("copy")) return;
  }
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = label; }, 2000);
});
