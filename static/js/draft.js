// Drafts. A form with data-draft-url is sent there (POST, the same fields) while a person types, when the page locks and
// when it is left. The server seals it; nothing is stored in the browser. Passwords and files are never part of a draft.

const PAUSE_MS = 4000;

for (const form of document.querySelectorAll("form[data-draft-url]")) {
  const status = form.querySelector("[data-draft-status]") ?? document.createElement("p");
  if (!status.isConnected) {
    status.className = "app-draft-status";
    status.role = "status";
    form.append(status);
  }
  let timer = 0;
  let changed = false;
  let saving = null;

  const content = () => {
    const data = new FormData(form);
    for (const input of form.querySelectorAll("input[type=password], input[type=file]")) data.delete(input.name);
    return data;
  };

  const say = (words) => {
    status.textContent = words;
  };

  // keepalive: the page goes away while this is sent; a browser then takes no more than 64 kB.
  const save = async (keepalive = false) => {
    clearTimeout(timer);
    if (!changed) return;
    changed = false;
    saving = new AbortController();
    const { signal } = saving;
    try {
      const answer = await fetch(form.dataset.draftUrl, { method: "POST", body: content(), keepalive, redirect: "error", signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const time = new Date().toLocaleTimeString("vi-VN", {
        hour: "2-digit",
        minute: "2-digit",
        timeZone: "Asia/Ho_Chi_Minh",
      });
      say(document.body.dataset.draftSaved.replace("{time}", time));
    } catch {
      if (signal.aborted) return;
      changed = true;
      say(document.body.dataset.draftFailed);
    }
  };

  form.addEventListener("input", () => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(() => save(), PAUSE_MS);
  });
  // What is sent needs no draft, and one still on its way would outlive it.
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    clearTimeout(timer);
    saving?.abort();
    changed = false;
  });
  document.addEventListener("page:locking", (event) => event.detail.push(save()));
  document.addEventListener("page:leaving", () => {
    if (changed) navigator.sendBeacon(form.dataset.draftUrl, content());
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save(true);
  });
}
