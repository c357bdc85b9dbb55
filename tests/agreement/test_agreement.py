"""A Hypothesis state machine over both dialects (contract, section 4)."""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from tests.agreement.legacy_steps import LegacySteps
from tests.agreement.steps import HASH
from tests.agreement.v1_steps import V1Steps
from tests.followers import left_behind


class Agreement(LegacySteps, V1Steps):
    """After every step, both dialects show what the model holds."""

    @invariant()
    def both_dialects_list_what_the_model_holds(self):
        if not hasattr(self, "company"):
            return
        listed = self.ask("api", "GET", "/clients?sort=client_created&order=asc&limit=100", 200)
        assert [seen_by_api(client) for client in listed["data"]] == [
            client.legacy() | {"category": listed["data"][0]["category"]["id"]} for client in self.register.live()
        ]
        assert listed["meta"]["total"] == len(self.register.live())
        both = self.ask("v1", "GET", "/clients?status=active,archived,deleted&per_page=100", 200)
        assert [seen_by_v1(client) for client in both["data"]] == [c.v1() for c in self.register.clients.values()]
        live = self.ask("v1", "GET", "/clients?per_page=1", 200)["meta"]["pagination"]["total"]
        assert live == len(self.register.live())

    @invariant()
    def notes_stand_where_their_clients_stand(self):
        if not hasattr(self, "company"):
            return
        listed = self.ask("api", "GET", "/notes?limit=100", 200)["data"]
        assert {each["id"]: (each["resource"]["id"], each["description"]) for each in listed} == {
            note: (client.id, text) for client in self.register.live() for note, text in client.written.items()
        }

    @invariant()
    def whatever_follows_from_a_change_has_followed(self):
        if hasattr(self, "company"):
            assert left_behind(self.company) == []

    @invariant()
    def the_client_just_touched_is_the_same_by_id(self):
        if not hasattr(self, "company") or self.touched not in self.register.clients:
            return
        client = self.register.clients[self.touched]
        assert seen_by_v1(self.company.v1_view(HASH.encode(client.id))) == client.v1()
        if client.deleted:
            self.ask("api", "GET", f"/clients/{client.id}", 404)
        else:
            seen = seen_by_api(self.company.legacy_view(client.id))
            assert seen | {"category": client.category} == client.legacy()


def seen_by_api(client):
    own = {key: client[key] for key in ("id", "company_name", "description", "status", "owner", "tags")}
    billing = {key: client["billing"][key] for key in ("street", "country", "invoice_due_days")}
    return own | billing | {"category": client["category"]["id"]}


def seen_by_v1(client):
    same = ("number", "name", "display_name", "private_notes", "address1", "address2", "country_id", "is_deleted")
    return {key: client[key] for key in same} | {
        "id": HASH.decode(client["id"])[0],
        "payment_terms": client["settings"].get("payment_terms", ""),
        "archived": client["archived_at"] > 0,
        "documents": len(client["documents"]),
        "contacts": [
            (HASH.decode(c["id"])[0], c["first_name"], c["last_name"], c["email"], c["is_primary"])
            for c in client["contacts"]
        ],
    }


def test_both_dialects_and_the_model_agree(server):
    machine = type("AgreementOn", (Agreement,), {"server": server})
    examples = int(os.environ.get("GATEWAY_TEST_EXAMPLES", "25"))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            derandomize="GATEWAY_TEST_EXAMPLES" not in os.environ,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
