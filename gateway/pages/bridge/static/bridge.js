// Optional: every page works without this script.

// Highlights the key that is pointed at or focused, together with its counterparts.
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

// Adds a button to copy each request.
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
  document.querySelectorAll(".sample pre, .secret pre").forEach((pre) => pre.before(copying(pre.firstElementChild)));

// Sends a form that creates something only once, however often its button is pressed; the register ensures that too.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
  setTimeout(() => delete event.target.dataset.sent, 5000); // what was stopped on its way can be sent again
});
window.addEventListener("pageshow", () =>
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent),
);
