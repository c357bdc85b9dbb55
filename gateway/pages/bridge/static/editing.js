// Comfort only: the form does its work without this. While somebody types, what the other view becomes is shown beside.

const form = document.querySelector("form[data-live]");
const preview = document.getElementById("preview");
const live = document.getElementById("live");
const PAUSE = 400; // ms without a key pressed, after which the server is asked

let waiting;
let asked;
let isDirty = false;

const complained = () => {
  form.querySelectorAll("[aria-invalid]").forEach((each) => each.removeAttribute("aria-invalid"));
  form.querySelectorAll(".error").forEach((each) => each.remove());
  preview.querySelectorAll("[data-control]").forEach((item) => {
    const control = document.getElementById(item.dataset.control);
    const words = document.createElement("p");
    words.className = "error";
    words.textContent = item.textContent;
    control.setAttribute("aria-invalid", "true");
    control.closest(".line-field").append(words);
  });
};

const told = () => {
  const complaint = preview.querySelector("[data-complaint] p");
  live.textContent = (complaint ?? preview.querySelector("[data-changes]"))?.textContent ?? "";
};

const show = async () => {
  asked?.abort();
  asked = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  body.set("act", "live");
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: asked.signal });
    if (![200, 422].includes(answer.status)) throw new Error(answer.status);
    preview.innerHTML = await answer.text();
    complained();
    told();
  } catch (error) {
    if (error.name !== "AbortError") live.textContent = "The preview is not there just now.";
  }
};

if (form && preview) {
  form.addEventListener("input", () => {
    isDirty = true;
    clearTimeout(waiting);
    waiting = setTimeout(show, PAUSE);
  });
  form.addEventListener("submit", () => (isDirty = false));
  addEventListener("beforeunload", (event) => isDirty && event.preventDefault());
}
