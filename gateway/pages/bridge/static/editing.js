// Optional: the form works without this script. While somebody types, it shows beside the form what the other view becomes.

const form = document.querySelector("form[data-live]");
const preview = document.getElementById("preview");
const live = document.getElementById("live");
const PAUSE = 400; // ms without a key pressed, after which the server is asked

let waiting;
let asked;
let isDirty = false;

// Shows the dialect's errors also at their fields.
const showErrors = () => {
  form.querySelectorAll("[aria-invalid]").forEach((each) => {
    each.removeAttribute("aria-invalid");
    each.removeAttribute("aria-errormessage");
  });
  form.querySelectorAll(".error").forEach((each) => each.remove());
  preview.querySelectorAll("[data-control]").forEach((item) => {
    const control = document.getElementById(item.dataset.control);
    const error = document.createElement("p");
    error.className = "error";
    error.id = `${control.id}-said`;
    error.textContent = item.textContent;
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-errormessage", error.id);
    control.closest(".line-field").append(error);
  });
};

const show = async () => {
  clearTimeout(waiting);
  asked?.abort();
  asked = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  body.set("act", "live");
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: asked.signal });
    if (![200, 422].includes(answer.status)) throw new Error(answer.status);
    preview.innerHTML = await answer.text();
    showErrors();
    live.textContent = preview.querySelector("p[data-complaint], [data-complaint] p, [data-changes]")?.textContent ?? "";
  } catch (error) {
    if (error.name !== "AbortError") live.textContent = "The preview is not available at the moment.";
  }
};

if (form && preview) {
  form.addEventListener("input", () => {
    isDirty = true;
    clearTimeout(waiting);
    waiting = setTimeout(show, PAUSE);
  });
  form.querySelector("[value=preview]").addEventListener("click", async (event) => {
    event.preventDefault();
    await show();
    preview.focus();
    preview.scrollIntoView();
  });
  form.addEventListener("submit", () => (isDirty = false));
  addEventListener("beforeunload", (event) => isDirty && event.preventDefault());
}
