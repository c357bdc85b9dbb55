// Runs the Invoice Ninja node or trigger of n8n as n8n does, with the little of n8n around it that they ask for:
// parameters, credentials, the data of a workflow, and a request helper.
// Usage: node run.cjs PACKAGES_FOLDER < steps.json; a line of JSON on standard output for each step.
"use strict";
const path = require("node:path");
const { createRequire } = require("node:module");

const folder = process.argv[2];
const load = createRequire(path.join(folder, "package.json"));
const nodes = path.join(folder, "node_modules", "n8n-nodes-base", "dist");
const { InvoiceNinja } = load(path.join(nodes, "nodes", "InvoiceNinja", "InvoiceNinja.node.js"));
const { InvoiceNinjaTrigger } = load(path.join(nodes, "nodes", "InvoiceNinja", "InvoiceNinjaTrigger.node.js"));
const { InvoiceNinjaApi } = load(path.join(nodes, "credentials", "InvoiceNinjaApi.credentials.js"));
const axios = load("axios");

// n8n sends an empty object as the body of everything but GET.
const sent = ({ method, body }) => (method === "GET" && Object.keys(body ?? {}).length === 0 ? undefined : body);

const context = (settings, step, staticData) => ({
  getCredentials: async () => settings.credentials,
  getNode: () => ({ name: "Invoice Ninja", type: "invoiceNinja", typeVersion: 2, parameters: {} }),
  getInputData: () => [{ json: {} }],
  getNodeParameter: (name, _index, fallback) => step.parameters[name] ?? fallback,
  getNodeWebhookUrl: () => settings.webhookUrl,
  getWorkflowStaticData: () => staticData,
  getBodyData: () => step.body,
  continueOnFail: () => false,
  helpers: {
    returnJsonArray: (data) => (Array.isArray(data) ? data : [data]).map((json) => ({ json })),
    constructExecutionMetaData: (data) => data,
    async requestWithAuthentication(_name, options) {
      const asked = await new InvoiceNinjaApi().authenticate(settings.credentials, options);
      const answer = await axios.request({
        method: asked.method,
        url: asked.uri,
        params: asked.qs,
        data: sent(asked),
        headers: { Accept: "application/json", ...asked.headers },
        proxy: false,
      });
      return answer.data;
    },
  },
});

const actions = {
  execute: async (self) => (await new InvoiceNinja().execute.call(self))[0].map((item) => item.json),
  options: async (self, { list }) => new InvoiceNinja().methods.loadOptions[list].call(self),
  hook: async (self, { method }) => new InvoiceNinjaTrigger().webhookMethods.default[method].call(self),
  received: async (self) => (await new InvoiceNinjaTrigger().webhook.call(self)).workflowData[0].map((item) => item.json),
};

const main = async () => {
  let text = "";
  for await (const chunk of process.stdin) text += chunk;
  const settings = JSON.parse(text);
  const staticData = settings.staticData ?? {};
  for (const step of settings.steps) {
    const self = context(settings, step, staticData);
    const result = await actions[step.action](self, step).then(
      (value) => ({ value }),
      (error) => ({ error: { status: Number(error.httpCode), messages: [error.message, error.description, ...(error.messages ?? [])] } }),
    );
    console.log(JSON.stringify({ ...result, staticData }));
  }
};

main();
