// Quick exit. Without this script the button is a plain link and still works.
// With it the page goes blank at once, the session ends on the server, and this entry of the history is replaced.

const link = document.querySelector("[data-quick-exit]");
const PRESSES = 3;
const WITHIN_MS = 2000;

function leave() {
  document.documentElement.hidden = true;
  document.title = " ";
  document.dispatchEvent(new CustomEvent("page:leaving"));
  const signOut = document.querySelector("[data-sign-out]");
  // Going back must meet the sign-in page, not the case.
  if (signOut) navigator.sendBeacon(signOut.action, new FormData(signOut));
  location.replace(link.href);
}

if (link) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });

  let key = "";
  let times = [];
  document.addEventListener("keydown", (event) => {
    if (event.repeat) return;
    if (event.key !== "Shift" && event.key !== "Escape") {
      times = [];
      return;
    }
    if (event.key !== key) times = [];
    key = event.key;
    times = times.filter((time) => event.timeStamp - time < WITHIN_MS);
    times.push(event.timeStamp);
    if (times.length >= PRESSES) leave();
  });
}

// A page kept in the browser's memory may belong to a session that has ended: ask the server again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
