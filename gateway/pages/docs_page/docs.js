// Requests go to the gateway that served the page, whatever public URL its documents have.
const toThisOrigin = (request) => {
  const url = new URL(request.url, location.origin);
  request.url = location.origin + url.pathname + url.search;
  return request;
};

// Swagger UI fills in every example, and a list with all filters at once finds nothing.
const withoutFilledInFilters = (spec) => {
  for (const operations of Object.values(spec.paths))
    for (const { parameters = [] } of Object.values(operations))
      parameters.filter((each) => each.in === "query").forEach((each) => delete each.example);
  return spec;
};

// Swagger UI links every identifier to the SPDX list, which does not contain other licences.
const withoutDeadLink = (spec) => {
  if (spec.info.license?.identifier?.startsWith("LicenseRef-")) delete spec.info.license.identifier;
  return spec;
};

const buttons = [...document.querySelectorAll("[data-document]")];

const show = async (chosen) => {
  buttons.forEach((button) => button.toggleAttribute("aria-current", false));
  chosen.setAttribute("aria-current", "page");
  const spec = await (await fetch(chosen.dataset.document)).json();
  if (!chosen.hasAttribute("aria-current")) return; // another was chosen meanwhile
  SwaggerUIBundle({
    spec: withoutDeadLink(withoutFilledInFilters(spec)),
    dom_id: "#reference",
    deepLinking: false,
    persistAuthorization: false,
    tryItOutEnabled: true,
    validatorUrl: null,
    requestInterceptor: toThisOrigin,
  });
};

buttons.forEach((button) => button.addEventListener("click", () => show(button)));
show(buttons[0]);
