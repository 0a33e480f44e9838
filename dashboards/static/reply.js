// Reads a draft while it is typed, marks what would hurt, and keeps it through reloads. Everything works without this.
"use strict";
(() => {
  const WAIT = 250;
  // As in replying.py.
  const GREETING = /^\s*(?:tere|tervi|lugupeetud|austatud|hea klient|head päeva|hei\b|moi\b|hyvä|hi\b|hello|hey\b|dear|good (?:morning|day|afternoon|evening)|здравствуй|добр|привет|уважаем)(?:[^.!?\n]{0,40}[!\n]|[^.!?,\n]{0,40}[.,])\s*/i;
  const waiting = new WeakMap();
  const asked = new WeakMap();
  document.documentElement.classList.add("scripted");

  const boxOf = (form) => form.querySelector("textarea[name=text]");
  const keyOf = (form) => `kuula-draft-${form.dataset.draft}`;
  const sentOf = (form) => `kuula-sent-${form.dataset.draft}`;

  function remember(form) {
    const text = boxOf(form).value;
    if (text) sessionStorage.setItem(keyOf(form), text); else sessionStorage.removeItem(keyOf(form));
  }

  // A mark stays behind the words that it was found on, as long as nothing before its end has changed.
  function paint(form) {
    const behind = form.querySelector(".behind");
    const marked = form.querySelector("[data-marked]");
    const text = boxOf(form).value;
    behind.replaceChildren();
    if (!marked) return;
    let at = 0;
    for (const piece of marked.childNodes) {
      const words = piece.textContent;
      if (text.slice(at, at + words.length) !== words) break;
      const shown = piece.nodeName === "MARK" ? document.createElement("mark") : document.createElement("span");
      shown.textContent = words;
      behind.append(shown);
      at += words.length;
    }
    behind.append(text.slice(at) + "\n");
    behind.scrollTop = boxOf(form).scrollTop;
  }

  async function check(form) {
    const mine = (asked.get(form) || 0) + 1;
    asked.set(form, mine);
    const fields = new URLSearchParams(new FormData(form));
    for (const name of ["act", "manager", "back", "known", "insert"]) fields.delete(name);
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body: fields, headers: { accept: "text/html" } });
      if (!answer.ok || mine !== asked.get(form)) return;
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-findings]");
      if (mine !== asked.get(form)) return;
      form.querySelector("#reply-findings").replaceChildren(...(found ? [found] : []));
      paint(form);
    } catch { /* the next letter tries again; the button works as well */ }
  }

  function later(form) {
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(check, WAIT, form));
  }

  function put(form, text) {
    const box = boxOf(form);
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
    // A place is the writer's to fill in: what they type next takes it. As in drafts.py.
    const place = /\{(?:name|time)\}|\[(?:kellaaeg|время|aika|time)\]/.exec(text);
    if (place) box.setSelectionRange(place.index, place.index + place[0].length);
  }

  function insert(form, button) {
    const text = boxOf(form).value, words = button.dataset.wording;
    if (button.dataset.start) {
      const greeting = GREETING.exec(text);
      const at = greeting ? greeting[0].length : 0;
      put(form, `${text.slice(0, at)}${words} ${text.slice(at)}`.trimEnd());
    } else put(form, `${text.trimEnd()} ${words}`.trimStart());
  }

  function copy(button, text) {
    const said = button.textContent;
    navigator.clipboard.writeText(text).then(() => {
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = said; }, 2000);
    }, () => {});
  }

  function prepare(root) {
    for (const button of root.querySelectorAll("[data-rewrite]")) button.hidden = false;
    // The clipboard is only there where pages come by https or from this machine.
    if (navigator.clipboard) for (const button of root.querySelectorAll("[data-copy], [data-copy-draft]")) button.hidden = false;
    for (const form of root.querySelectorAll("[data-reply]")) {
      const box = boxOf(form), kept = sessionStorage.getItem(keyOf(form));
      const sent = sessionStorage.getItem(sentOf(form));
      sessionStorage.removeItem(sentOf(form));
      // What was sent is done when the page says what came of it. A form that never arrived, because its writer was
      // signed out or the connection was gone, is still being written, as is one that came back with a reason.
      const done = document.querySelector(".told") && !("kept" in form.dataset);
      if (sent !== null && sent === kept && done) sessionStorage.removeItem(keyOf(form));
      else if (kept && !box.value) { box.value = kept; later(form); }
      paint(form);
    }
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-reply]");
    if (!form) return;
    if (event.target === boxOf(form)) { remember(form); paint(form); }
    if (event.target.name === "language" && event.target.value) boxOf(form).lang = event.target.value;
    if (event.target.name !== "manager") later(form);
  });
  document.addEventListener("scroll", (event) => {
    const form = event.target.closest && event.target.closest("[data-reply]");
    if (form && event.target === boxOf(form)) form.querySelector(".behind").scrollTop = event.target.scrollTop;
  }, true);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const form = button && button.closest("[data-reply]");
    if (!button) return;
    if (form && button.name === "insert") { event.preventDefault(); insert(form, button); }
    else if (form && "checkButton" in button.dataset) { event.preventDefault(); check(form); }
    else if (form && "copyDraft" in button.dataset) copy(button, boxOf(form).value);
    else if ("rewrite" in button.dataset) { const box = document.querySelector("[data-reply]"); if (box) put(box, button.dataset.rewrite); }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-reply]");
    if (form) { remember(form); sessionStorage.setItem(sentOf(form), boxOf(form).value); }
  });

  // Parts of the page are replaced while it is open.
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.querySelectorAll && node.matches("section")) prepare(node);
  }).observe(document.getElementById("main"), { childList: true, subtree: true });
  prepare(document);
})();
