// Keeps the claim on an answer while its page is open. Everything here is comfort: buttons do the same without this file.
"use strict";

// A lease lasts minutes; a sign each half a minute outlives a lost connection, and a closed page frees it soon.
const SIGN_EVERY = 30000;
// Names this page among those of its reader: a page that was left must not end the claim that the next one goes on with,
// whichever of the two signs comes in first.
const PAGE = `${performance.timeOrigin}-${Math.random()}`;

function claim() { return document.querySelector("[data-claim]"); }

function sign(held, address) {
  // FormData would come as multipart, which is refused at the door.
  const fields = new URLSearchParams({ csrf: held.dataset.csrf, page: PAGE });
  return { method: "POST", body: fields, credentials: "same-origin", url: address };
}

async function renewClaim() {
  const held = claim();
  if (!held) return;
  const { url, ...request } = sign(held, held.dataset.claim);
  let answer;
  try { answer = await fetch(url, request); } catch { return; }
  if (answer.status !== 409) return;
  held.removeAttribute("data-claim");
  held.classList.add("lost");
  held.replaceChildren(Object.assign(document.createElement("p"), { textContent: held.dataset.lost, role: "alert" }));
}

setInterval(renewClaim, SIGN_EVERY);
// Whoever comes back to the page goes on with what they had, the browser's own way back included.
addEventListener("pageshow", renewClaim);
addEventListener("pagehide", () => {
  const held = claim();
  if (!held) return;
  const { url, body } = sign(held, held.dataset.leave);
  navigator.sendBeacon(url, body);
});
