"""Steps through /api, and those that either dialect can make."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.access import companies
from core.clients.contact_users import add_contact_user
from tests.agreement.model import COUNTRIES, Contact
from tests.agreement.steps import EMAILS, HASH, NAMES, TAGS, TEXTS, Steps


class LegacySteps(Steps):
    """Each step sends a request to /api and applies it to the model."""

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
