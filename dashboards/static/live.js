// Keeps a page true without reloading it. Everything here is comfort: each page and form works without this file.
"use strict";

const body = document.body;
const said = document.getElementById("said");
const behind = Date.parse(body.dataset.now) - Date.now();
for (const needless of document.querySelectorAll("[data-without-script]")) needless.hidden = true;
for (const help of document.querySelectorAll("[data-keys]")) help.hidden = false;

// The answer to a form stands at the address of its page, where reloading sends nothing again.
if (body.dataset.address) history.replaceState(null, "", body.dataset.address + location.hash);

// What was done is told over the page, then stays at its top.
const told = document.querySelector(".told");
if (told) setTimeout(() => told.classList.add("read"), 6000);

// A second tap while the first is under way does nothing. The pressed button's own value is read after this event.
function wake(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button")) button.disabled = false;
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; });
  setTimeout(wake, 10000, form);
});
addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) wake(form); });

// Clocks count by the server's time, so that a phone whose own clock is wrong shows the right minutes.
function tick() {
  for (const clock of document.querySelectorAll("time[data-due]")) {
    const left = Math.round((Date.parse(clock.dataset.due) - (Date.now() + behind)) / 1000);
    const seconds = Math.abs(left);
    if (seconds >= 86400) continue;
    const hours = Math.floor(seconds / 3600);
    const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
    clock.textContent = (left < 0 ? "+" : "") + (hours ? hours + ":" : "") + parts.join(":");
    if (left <= 0) {
      const whole = clock.closest(".clock");
      whole.classList.add("late");
      const label = whole.querySelector(".clock-label");
      label.textContent = label.dataset.late;
    }
  }
}
setInterval(tick, 1000);
tick();

// Whoever types or has a drawer open keeps what they have; the rest of the page is replaced by its newest state.
function busy(part) {
  const active = document.activeElement;
  if (part.contains(active) && active.matches("input, textarea, select")) return true;
  if (part.querySelector("form[data-sent], form[data-kept]")) return true;
  return [...part.querySelectorAll("input, textarea")].some((field) => field.type !== "hidden" && field.type !== "checkbox" && field.value !== field.defaultValue);
}

function replace(part, fresh) {
  const open = [...part.querySelectorAll("details[id][open]")].map((each) => each.id);
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const card = focused && focused.closest("[data-incident]");
  const spot = focused && (card ? [...card.querySelectorAll("a, button, summary")].indexOf(focused) : -1);
  const known = new Set([...part.querySelectorAll("[data-incident]")].map((each) => each.id));
  part.replaceWith(fresh);
  for (const id of open) { const again = document.getElementById(id); if (again) again.open = true; }
  for (const each of fresh.querySelectorAll("[data-incident]")) if (!known.has(each.id)) each.classList.add("fresh");
  const again = card && document.getElementById(card.id);
  if (again) { const places = again.querySelectorAll("a, button, summary"); (places[spot] || places[0]).focus({ preventScroll: true }); }
}

let asked = 0;
async function renew() {
  const mine = ++asked;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected || mine !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(part.id);
    if (fresh && !busy(part)) replace(part, fresh);
  }
  tick();
}

let quiet;
function announce(text, forever) {
  clearTimeout(quiet);
  said.textContent = text;
  said.classList.toggle("lasting", Boolean(forever));
  if (!forever) quiet = setTimeout(() => { said.textContent = ""; }, 8000);
}

if (body.dataset.liveUrl && window.EventSource) {
  const stream = new EventSource(body.dataset.liveUrl);
  let lost = false;
  stream.addEventListener("open", () => { if (lost) { lost = false; announce(""); renew(); } });
  stream.addEventListener("changed", (event) => {
    const told = JSON.parse(event.data);
    if (told.said) announce(told.said);
    renew();
  });
  stream.addEventListener("over", () => { stream.close(); announce(body.dataset.asleep, true); });
  stream.addEventListener("crowded", () => { stream.close(); announce(body.dataset.crowded, true); });
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) announce(body.dataset.asleep, true);
    else if (!lost) { lost = true; announce(body.dataset.lost, true); }
  });
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

document.addEventListener("change", (event) => { if (event.target.matches("[data-submit]")) event.target.form.requestSubmit(); });

// Words that somebody selects in a post are those that show what the models missed.
document.addEventListener("selectionchange", () => {
  const chosen = getSelection();
  const begun = chosen.anchorNode;
  const text = begun && (begun.closest ? begun : begun.parentElement).closest(".post .text");
  if (!text || chosen.isCollapsed || !text.contains(chosen.focusNode)) return;
  const field = text.closest(".post").querySelector("input[name=words]");
  if (field && field.checkVisibility()) field.value = chosen.toString().trim().slice(0, field.maxLength);
});

// Keys: j and k go through the inbox, a takes in hand, p promises, / searches, ? helps.
const keys = document.getElementById("keys");
document.addEventListener("click", (event) => { if (event.target.closest("[data-keys]")) keys.showModal(); });
function step(by) {
  const all = [...document.querySelectorAll("[data-incident]")];
  if (!all.length) return;
  const at = all.indexOf(document.activeElement.closest("[data-incident]"));
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
  next.querySelector("h2 a").focus();
  next.scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select") || (keys && keys.open)) return;
  const place = document.activeElement.closest("[data-incident]") || (document.querySelector("[data-incident]") ? null : document);
  if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
  else if (event.key === "?" && keys) keys.showModal();
  else if (event.key === "/") { const field = document.getElementById("q"); if (field) field.focus(); else document.querySelector(".rooms a[href$='/search']").click(); }
  else if ((event.key === "a" || event.key === "p") && place) { const button = place.querySelector(`[data-key="${event.key}"]`); if (button) button.click(); else return; }
  else return;
  event.preventDefault();
});
