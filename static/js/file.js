// A file to be chosen, in our words: the browser's own are in the language it was installed with. What is longer than is taken
// is said before minutes are spent on sending it. Without this script the browser's own button stands there and works.

for (const input of document.querySelectorAll("input[type=file][data-choose]")) {
  const words = input.dataset;
  const box = Object.assign(document.createElement("div"), { className: "app-file" });
  const button = Object.assign(document.createElement("span"), { className: "app-file__button", textContent: words.choose, ariaHidden: "true" });
  const name = Object.assign(document.createElement("span"), { className: "app-file__name", role: "status" });
  input.before(box);
  box.append(button, name, input);

  const show = () => {
    const file = input.files[0];
    const wrong = file && file.size > Number(words.largest) ? words.tooLarge : "";
    name.textContent = wrong || file?.name || words.none;
    box.classList.toggle("app-file--wrong", wrong !== "");
    input.setCustomValidity(wrong);
  };
  input.addEventListener("change", show);
  input.form?.addEventListener("submit", (event) => {
    if (!input.validity.customError) return;
    event.preventDefault();
    input.reportValidity();
  });
  show();
}
