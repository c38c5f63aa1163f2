// Idle lock. After the given minutes without a key or a touch in any tab: the draft is saved, the session ends on the
// server, and the page is covered. One minute before, it asks. The server ends an idle session by itself too.

const MINUTE = 60_000;
const LAST_SEEN = "page-last-activity";
const minutes = Number(document.body.dataset.idleMinutes);
const warning = document.getElementById("idle-warning");
const cover = document.getElementById("idle-lock");
const signOut = document.querySelector("[data-sign-out]");

let seen = Date.now();
let locked = false;

// Only a time is kept here, so that working in one tab does not lock another.
function remember() {
  seen = Date.now();
  try {
    localStorage.setItem(LAST_SEEN, String(seen));
  } catch {
    // Storage can be switched off; each tab then counts for itself.
  }
}

function lastSeen() {
  try {
    return Math.max(seen, Number(localStorage.getItem(LAST_SEEN)) || 0);
  } catch {
    return seen;
  }
}

async function lock() {
  locked = true;
  if (warning.open) warning.close();
  document.documentElement.classList.add("app-locked");
  cover.showModal();
  const saving = [];
  document.dispatchEvent(new CustomEvent("page:locking", { detail: saving }));
  await Promise.allSettled(saving);
  if (signOut) {
    await fetch(signOut.action, { method: "POST", body: new FormData(signOut), redirect: "manual" }).catch(() => {});
  }
}

// A long form is typed without a request; the server hears of it once a minute, or it would end the session.
let told = seen;
function stillHere() {
  const url = document.body.dataset.stillHere;
  if (!signOut || !url || seen <= told || Date.now() - told < MINUTE) return;
  told = Date.now();
  fetch(url, { method: "POST", body: new FormData(signOut), redirect: "error" }).catch(() => {});
}

function look() {
  if (locked) return;
  stillHere();
  const idle = Date.now() - lastSeen();
  if (idle >= minutes * MINUTE) {
    lock();
  } else if (idle >= (minutes - 1) * MINUTE) {
    if (!warning.open) warning.showModal();
  } else if (warning.open) {
    warning.close();
  }
}

if (minutes > 0 && warning && cover) {
  remember();
  for (const kind of ["keydown", "pointerdown", "wheel", "touchstart"]) {
    document.addEventListener(kind, remember, { passive: true });
  }
  warning.querySelector("[data-stay]").addEventListener("click", () => warning.close());
  cover.addEventListener("cancel", (event) => event.preventDefault());
  // A sleeping laptop stops timers; look again as soon as it wakes.
  document.addEventListener("visibilitychange", look);
  setInterval(look, 5000);
}
