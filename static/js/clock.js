// Keeps «3 hours 12 minutes left» true while a page stays open. The server has already written the words; the room they
// take is kept when they get shorter, so that nothing beside them moves.

const words = document.body.dataset;
const HALF_DAY = 12 * 60;

function count(number, one, many) {
  return (number === 1 ? one : many).replace("%(count)d", String(number));
}

function duration(total) {
  const days = Math.floor(total / 1440);
  const hours = Math.floor((total % 1440) / 60);
  const minutes = total % 60;
  const parts = [];
  if (days) parts.push(count(days, words.clockDay, words.clockDays));
  if (hours) parts.push(count(hours, words.clockHour, words.clockHours));
  if (minutes && !days) parts.push(count(minutes, words.clockMinute, words.clockMinutes));
  return parts.join(" ") || words.clockNow;
}

function refresh() {
  const now = Date.now();
  for (const clock of document.querySelectorAll("time[data-due]")) {
    const left = (Date.parse(clock.dataset.due) - now) / 60_000;
    const overdue = left < 0;
    const text = (overdue ? words.clockOverdue : words.clockLeft).replace("%(time)s", duration(Math.floor(Math.abs(left))));
    if (clock.textContent !== text) {
      clock.style.minInlineSize = `${clock.getBoundingClientRect().width}px`;
      clock.textContent = text;
    }
    clock.classList.toggle("app-clock--danger", overdue);
    clock.classList.toggle("app-clock--warning", !overdue && left <= HALF_DAY);
    clock.classList.toggle("app-clock--neutral", !overdue && left > HALF_DAY);
  }
}

if (document.querySelector("time[data-due]")) {
  setInterval(refresh, 20_000);
  document.addEventListener("visibilitychange", refresh);
}
