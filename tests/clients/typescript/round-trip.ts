// A client's life through each dialect, typed by what openapi-typescript makes of the OpenAPI files.
// It needs GATEWAY_URL and GATEWAY_KEY; round-trip.sh starts a gateway and sets them.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { paths as LegacyPaths } from "./generated/api.ts";
import type { paths as V1Paths } from "./generated/api-v1.ts";

const baseUrl = process.env.GATEWAY_URL!;
const key = process.env.GATEWAY_KEY!;

// What an answer carries, once it is known to be a success.
const good = <T>({ data, error }: { data?: T; error?: unknown }): T => {
  assert.equal(error, undefined, JSON.stringify(error));
  return data!;
};

const legacy = createClient<LegacyPaths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
const v1 = createClient<V1Paths>({ baseUrl, headers: { "X-API-TOKEN": key } });

const lifeThroughLegacy = async () => {
  const body = { first_name: "Jane", last_name: "Doe", email: "jane@acme.example", client_company_name: "Acme" };
  const made = good(await legacy.POST("/api/clients", { body })).data;
  assert.equal(made.owner.name, "Jane Doe");
  const path = { id: made.id };
  const changed = await legacy.PATCH("/api/clients/{id}", { params: { path }, body: { client_company_name: "Acme Ltd" } });
  assert.equal(good(changed).data.company_name, "Acme Ltd");
  assert.equal(good(await legacy.GET("/api/clients/{id}", { params: { path } })).data.company_name, "Acme Ltd");
  const listed = await legacy.GET("/api/clients", { params: { query: { search: "Acme Ltd", limit: 5 } } });
  assert.deepEqual(good(listed).data.map((each) => each.id), [made.id]);
  good(await legacy.DELETE("/api/clients/{id}", { params: { path } }));
  const { response, error } = await legacy.GET("/api/clients/{id}", { params: { path } });
  assert.equal(response.status, 404);
  assert.equal(error?.message, "Client not found.");
};

const lifeThroughV1 = async () => {
  const body = { name: "Acme", contacts: [{ first_name: "Jane", email: "jane@acme.example" }] };
  const made = good(await v1.POST("/api/v1/clients", { body })).data;
  assert.equal(made.contacts[0].is_primary, true);
  const path = { id: made.id };
  const changed = await v1.PUT("/api/v1/clients/{id}", { params: { path }, body: { name: "Acme Ltd" } });
  assert.equal(good(changed).data.name, "Acme Ltd");
  assert.equal(good(await v1.GET("/api/v1/clients/{id}", { params: { path } })).data.display_name, "Acme Ltd");
  assert.equal(good(await v1.DELETE("/api/v1/clients/{id}", { params: { path } })).data.is_deleted, true);
  assert.deepEqual(good(await v1.GET("/api/v1/clients")).data, []);
};

await lifeThroughLegacy();
await lifeThroughV1();
console.log("round trip: create, read, update, list and delete through both dialects");
