"""Steps through /api/v1."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.agreement.model import Contact
from tests.agreement.steps import CONTACTS, HASH, NAMES, TEXTS, Steps


class V1Steps(Steps):
    """Each step sends a request to /api/v1 and applies it to the model."""

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
        """Return the contacts array to send, and whether its emails are distinct."""
        items = []
        for position, (keep, first, email, primary) in enumerate(drawn):
            item = {"first_name": first, "email": email, "is_primary": primary}
            if keep and position < len(known):
                item["id"] = HASH.encode(known[position].id)
            items.append(item)
        emails = [item["email"] for item in items if item["email"]]
        return items, len(emails) == len(set(emails))

    def contacts_of(self, items, answer, known):
        """Return the model's contacts after such an array, with the ids of new ones from the answer."""
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
