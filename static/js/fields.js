// Comfort for forms; each part is left out without harm when scripts are off.

// The list of errors gets the keyboard, so that it is read first.
document.querySelector("[data-error-summary]")?.focus();

// data-show-when="field=value|value": shown only for those answers. The field is searched in the same form, with the
// same prefix. What is hidden keeps its value, and the server decides what it means.
function answers(form, name) {
  return [...form.elements]
    .filter((input) => input.name === name && (!["radio", "checkbox"].includes(input.type) || input.checked))
    .map((input) => input.value);
}

function showFields(form) {
  for (const block of form.querySelectorAll("[data-show-when]")) {
    const [name, wanted = ""] = block.dataset.showWhen.split("=");
    const given = answers(form, name);
    const shown = wanted ? wanted.split("|").some((value) => given.includes(value)) : given.some(Boolean);
    // An error must be seen whatever the answer.
    block.toggleAttribute("data-hidden-by-answer", !shown && !block.querySelector("[aria-invalid]"));
  }
}

// Dates: number keys on a phone, and the strokes put in while the digits are typed (27032026 becomes 27/03/2026).
for (const input of document.querySelectorAll("input[data-date=day]")) {
  input.inputMode = "numeric";
  input.addEventListener("input", (event) => {
    if (event.inputType?.startsWith("delete") || !/^\d{2}(\/\d{2})?$/.test(input.value)) return;
    input.value += "/";
  });
  input.addEventListener("change", () => {
    input.value = input.value.replace(/^(\d{2})(\d{2})(\d{4})$/, "$1/$2/$3");
  });
}

for (const form of document.querySelectorAll("form")) {
  if (form.querySelector("[data-show-when]")) {
    showFields(form);
    form.addEventListener("change", () => showFields(form));
  }
  // On a slow line a second press would send the form twice; the server does its work only once all the same.
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    // Not `disabled`: the name and value of the button that was pressed must still be sent.
    event.submitter?.setAttribute("aria-disabled", "true");
    setTimeout(() => {
      delete form.dataset.sent;
      event.submitter?.removeAttribute("aria-disabled");
    }, 10_000);
  });
}
