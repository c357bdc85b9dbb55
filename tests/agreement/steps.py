"""The common part of all steps of the state machine: its model, its company, and the values that it draws."""

from hashids import Hashids
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from tests.agreement.model import Client, Register
from tests.drivers import new_company
from tests.followers import subscribe

HASH = Hashids(min_length=10)
NAMES = st.sampled_from(["", "Acme", "Zeta & Sons", "Österreich AG", "O'Reilly"])
PEOPLE = st.sampled_from(["Jane", "Joe", "Zoë", ""])
EMAILS = st.sampled_from([f"{letter}@acme.example" for letter in "abcdefgh"])
TEXTS = st.sampled_from(["", "1 Market St", "Floor 2", "note"])
TAGS = st.lists(st.sampled_from(["priority", "retainer", "x"]), max_size=4)
CONTACTS = st.lists(st.tuples(st.booleans(), PEOPLE, EMAILS | st.just(""), st.booleans()), max_size=3)


class Steps(RuleBasedStateMachine):
    server = None  # set for each engine by the test

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

    def pick(self, data, deleted=None):
        clients = [c for c in self.register.clients.values() if deleted is None or c.deleted == deleted]
        return data.draw(st.sampled_from(clients)) if clients else None

    def ask(self, dialect, method, path, status, **request):
        answer = getattr(self.company, dialect).request(method, path, **request)
        assert answer.status_code == status, (method, path, request, answer.status_code, answer.text)
        return answer.json()

    def adopt(self, client_id, contacts, **values):
        """Add a client that was just created to the model, and check that its ids are new."""
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
