// Comfort only: every page does its work without this.

// A key that is pointed at or focused, and its counterparts, light up together.
const lines = [...document.querySelectorAll("[data-group]")];
let lit;
const light = (event) => {
  const group = event.target.closest?.("[data-group]")?.dataset.group;
  if (group === lit) return;
  lit = group;
  lines.forEach((line) => line.classList.toggle("lit", line.dataset.group === group));
};
if (lines.length) {
  document.addEventListener("pointerover", light);
  document.addEventListener("focusin", light);
}

// Requests get a button that copies them.
const copying = (code) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  return button;
};
if (navigator.clipboard)
  document.querySelectorAll(".sample pre").forEach((pre) => pre.before(copying(pre.firstElementChild)));

// A form is sent once, however often its button is pressed in a row.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 5000);
});
