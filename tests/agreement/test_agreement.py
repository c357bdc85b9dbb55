"""A Hypothesis state machine over both dialects (contract, section 4)."""

import os

from hashids import Hashids
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.access import companies
from core.clients.contact_users import add_contact_user
from tests.agreement.model import COUNTRIES, Client, Contact, Register
from tests.drivers import new_company
from tests.followers import left_behind, subscribe

HASH = Hashids(min_length=10)
NAMES = st.sampled_from(["", "Acme", "Zeta & Sons", "Österreich AG", "O'Reilly"])
PEOPLE = st.sampled_from(["Jane", "Joe", "Zoë", ""])
EMAILS = st.sampled_from([f"{letter}@acme.example" for letter in "abcdefgh"])
TEXTS = st.sampled_from(["", "1 Market St", "Floor 2", "note"])
TAGS = st.lists(st.sampled_from(["priority", "retainer", "x"]), max_size=4)
CONTACTS = st.lists(st.tuples(st.booleans(), PEOPLE, EMAILS | st.just(""), st.booleans()), max_size=3)


class Agreement(RuleBasedStateMachine):
    server = None  # set for each engine by the test below

    @initialize()
    def open_company(self):
        self.company = new_company(self.server)
        subscribe(self.company)
        self.register = Register(team="team@acme.example")
        self.next_number = 1
        self.ids = set()
        self.contact_ids = set()
        self.touched = None

    def teardown(self):
        if hasattr(self, "company"):
            self.company.close()

    # -- what a step needs ------------------------------------------------------------------------------------------

    def pick(self, data, deleted=None):
        clients = [c for c in self.register.clients.values() if deleted is None or c.deleted == deleted]
        return data.draw(st.sampled_from(clients)) if clients else None

    def ask(self, dialect, method, path, status, **request):
        answer = getattr(self.company, dialect).request(method, path, **request)
        assert answer.status_code == status, (method, path, request, answer.status_code, answer.text)
        return answer.json()

    def adopt(self, client_id, contacts, **values):
        """A client that was just made enters the model; its ids must be new."""
        assert client_id not in self.ids
        self.ids.add(client_id)
        number = f"{self.next_number:04d}"
        self.next_number += 1
        self.register.clients[client_id] = Client(client_id, number, contacts=contacts, category=1, **values)
        self.touched = client_id

    def fresh_contact(self, contact_id):
        assert contact_id not in self.contact_ids
        self.contact_ids.add(contact_id)
        return contact_id

    # -- /api -------------------------------------------------------------------------------------------------------

    @rule(
        email=EMAILS, name=NAMES, first=st.sampled_from(["Jane", "Joe"]), tags=TAGS, days=st.integers(0, 90) | st.none()
    )
    def create_through_api(self, email, name, first, tags, days):
        body = {"first_name": first, "last_name": "Doe", "email": email, "client_company_name": name, "tags": tags}
        body |= {} if days is None else {"client_billing_invoice_due_days": days}
        if self.register.has_email(email):
            errors = self.ask("api", "POST", "/clients", 422, json=body)["errors"]
            assert errors == {"email": ["The email has already been taken."]}
            return
        made = self.ask("api", "POST", "/clients", 201, json=body)["data"]
        promoted = self.register.waiting.pop(email, None)
        owner = made["owner"]["id"]
        assert owner == promoted if promoted else self.fresh_contact(owner)
        self.adopt(
            made["id"],
            [Contact(owner, first, "Doe", email, True)],
            name=name or f"{first} Doe",
            tags=list(dict.fromkeys(tags)),
            payment_terms="" if days is None else str(days),
        )

    @rule(email=EMAILS)
    def know_a_contact(self, email):
        if self.register.has_email(email) or email in self.register.waiting:
            return

        def add(connection):
            company_id = companies.find(connection, self.company.name)
            return add_contact_user(connection, company_id, email)

        self.register.waiting[email] = self.fresh_contact(self.server.database.write_now(add))

    @rule(data=st.data(), name=NAMES, street=TEXTS, notes=TEXTS, country=st.sampled_from(["", *COUNTRIES]))
    def update_through_api(self, data, name, street, notes, country):
        client = self.pick(data)
        if client is None:
            return
        body = {
            "client_company_name": name,
            "client_billing_street": street,
            "client_description": notes,
            "client_billing_country": country,
        }
        status = 404 if client.deleted else 200 if name else 422
        self.ask("api", "PATCH", f"/clients/{client.id}", status, json=body)
        if status == 200:
            if name != client.shown:
                client.name = name
            if street != (client.legacy()["street"] or ""):
                client.address1, client.address2 = street, ""
            client.notes, client.country = notes, country
            self.touched = client.id

    @rule(data=st.data(), tags=TAGS)
    def set_tags(self, data, tags):
        client = self.pick(data)
        if client is None:
            return
        self.ask("api", "PUT", f"/clients/{client.id}/tags", 404 if client.deleted else 200, json={"tags": tags})
        if not client.deleted:
            client.tags = list(dict.fromkeys(tags))
            self.touched = client.id

    @rule(data=st.data(), text=TEXTS.filter(bool))
    def write_a_note(self, data, text):
        client = self.pick(data)
        if client is None:
            return
        body = {"note_title": "Call", "note_description": text, "noteresource_id": client.id}
        made = self.ask("api", "POST", "/notes", 422 if client.deleted else 201, json=body)
        if not client.deleted:
            client.written[made["data"]["id"]] = text

    @rule(data=st.data(), text=TEXTS.filter(bool), removed=st.booleans())
    def change_or_remove_a_note(self, data, text, removed):
        client = self.pick(data)
        if client is None or not client.written:
            return
        note = data.draw(st.sampled_from(sorted(client.written)))
        status = 404 if client.deleted else 200
        if removed:
            self.ask("api", "DELETE", f"/notes/{note}", status)
        else:
            self.ask("api", "PATCH", f"/notes/{note}", status, json={"note_description": text})
        if client.deleted:
            return
        if removed:
            del client.written[note]
        else:
            client.written[note] = text

    @rule(data=st.data(), status=st.sampled_from(["active", "suspended"]))
    def set_status(self, data, status):
        client = self.pick(data)
        if client is None:
            return
        self.ask("api", "PUT", f"/clients/{client.id}/status", 404 if client.deleted else 200, json={"status": status})
        if not client.deleted:
            client.archived = status == "suspended"
            self.touched = client.id

    @rule(data=st.data())
    def set_owner(self, data):
        client, other = self.pick(data, deleted=False), self.pick(data)
        if client is None:
            return
        chosen = data.draw(st.sampled_from(other.contacts))
        status = 200 if chosen in client.contacts else 422
        self.ask("api", "PUT", f"/clients/{client.id}/owner", status, json={"owner": chosen.id})
        if status == 200:
            for contact in client.contacts:
                contact.primary = contact is chosen
            self.touched = client.id

    @rule(data=st.data())
    @precondition(lambda self: len(self.register.clients) > 3)
    def erase(self, data):
        client = self.pick(data)
        if data.draw(st.booleans()):
            self.ask("api", "DELETE", f"/clients/{client.id}", 404 if client.deleted else 200)
            if client.deleted:
                return
        else:
            path = f"/clients/{HASH.encode(client.id)}/purge"
            self.ask("v1", "POST", path, 200, headers=self.company.with_password)
        del self.register.clients[client.id]
        self.touched = None

    # -- /api/v1 ----------------------------------------------------------------------------------------------------

    @rule(name=NAMES, contacts=CONTACTS)
    def create_through_v1(self, name, contacts):
        items, distinct = self.contact_items(contacts, [])
        if not distinct:
            self.ask("v1", "POST", "/clients", 422, json={"name": name, "contacts": items})
            return
        made = self.ask("v1", "POST", "/clients", 200, json={"name": name, "contacts": items})["data"]
        self.adopt(HASH.decode(made["id"])[0], self.contacts_of(items, made, []), name=name)

    @rule(
        data=st.data(),
        fields=st.fixed_dictionaries(
            {}, optional={"name": NAMES, "private_notes": TEXTS, "address1": TEXTS, "address2": TEXTS}
        ),
        contacts=CONTACTS | st.none(),
    )
    def update_through_v1(self, data, fields, contacts):
        client = self.pick(data)
        if client is None:
            return
        path = f"/clients/{HASH.encode(client.id)}"
        if client.deleted:
            self.ask("v1", "PUT", path, 400, json=fields)
            return
        body, distinct, items = dict(fields), True, None
        if contacts is not None:
            items, distinct = self.contact_items(contacts, client.contacts)
            body["contacts"] = items
        changed = self.ask("v1", "PUT", path, 200 if distinct else 422, json=body)
        if distinct:
            for key, value in fields.items():
                setattr(client, {"private_notes": "notes"}.get(key, key), value)
            if items is not None:
                client.contacts = self.contacts_of(items, changed["data"], client.contacts)
            self.touched = client.id

    def contact_items(self, drawn, known):
        """The contacts array to send, and whether its emails are distinct."""
        items = []
        for position, (keep, first, email, primary) in enumerate(drawn):
            item = {"first_name": first, "email": email, "is_primary": primary}
            if keep and position < len(known):
                item["id"] = HASH.encode(known[position].id)
            items.append(item)
        emails = [item["email"] for item in items if item["email"]]
        return items, len(emails) == len(set(emails))

    def contacts_of(self, items, answer, known):
        """The model's contacts after that array, with the ids that the answer gave to new ones."""
        if not items and [each.is_blank for each in known] == [True]:
            return known
        items = items or [{"first_name": "", "email": "", "is_primary": True}]
        first_marked = next((n for n, item in enumerate(items) if item["is_primary"]), 0)
        kept = {HASH.encode(contact.id): contact for contact in known}
        new_ids = sorted(i for c in answer["contacts"] for i in HASH.decode(c["id"]) if c["id"] not in kept)
        result = []
        for position, item in enumerate(items):
            old = kept.get(item.get("id"))
            contact_id = old.id if old else self.fresh_contact(new_ids.pop(0))
            last_name = old.last_name if old else ""
            result.append(Contact(contact_id, item["first_name"], last_name, item["email"], position == first_marked))
        assert not new_ids
        return result

    @rule(data=st.data())
    def put_back_as_read(self, data):
        client = self.pick(data, deleted=False)
        if client is not None:
            path = f"/clients/{HASH.encode(client.id)}"
            self.ask("v1", "PUT", path, 200, json=self.ask("v1", "GET", path, 200)["data"])
            self.touched = client.id

    @rule(data=st.data(), action=st.sampled_from(["archive", "restore", "delete"]), single=st.booleans())
    def act_in_bulk(self, data, action, single):
        if not self.register.clients:
            return
        chosen = data.draw(st.lists(st.sampled_from(sorted(self.register.clients)), min_size=1, unique=True))
        if single and action == "delete":
            chosen = chosen[:1]
            self.ask("v1", "DELETE", f"/clients/{HASH.encode(chosen[0])}", 200)
        else:
            ids = [HASH.encode(client_id) for client_id in chosen]
            self.ask("v1", "POST", "/clients/bulk", 404, json={"action": action, "ids": [*ids, HASH.encode(10**9)]})
            self.ask("v1", "POST", "/clients/bulk", 200, json={"action": action, "ids": ids})
        for client in (self.register.clients[client_id] for client_id in chosen):
            client.archived = action == "archive" or (client.archived and action != "restore")
            client.deleted = action == "delete" or (client.deleted and action != "restore")
        self.touched = chosen[0]

    @rule(data=st.data())
    def merge(self, data):
        receiver, other = self.pick(data), self.pick(data)
        if receiver is None:
            return
        path = f"/clients/{HASH.encode(receiver.id)}/{HASH.encode(other.id)}/merge"
        status = 400 if receiver is other or receiver.deleted else 200
        self.ask("v1", "POST", path, status, headers=self.company.with_password)
        if status == 200:
            self.register.merge(receiver, other)
            self.touched = receiver.id

    @rule(data=st.data(), content=st.binary(min_size=1, max_size=64))
    def upload(self, data, content):
        client = self.pick(data)
        if client is None:
            return
        path = f"/clients/{HASH.encode(client.id)}/upload"
        answer = self.ask("v1", "PUT", path, 400 if client.deleted else 200, files={"file": ("a.bin", content)})
        if not client.deleted:
            client.documents += 1
            self.touched = client.id
            assert self.company.v1.get(answer["data"]["documents"][-1]["url"]).content == content

    # -- after every step ---------------------------------------------------------------------------------------------

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
