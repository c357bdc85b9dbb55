"""Its paths."""

from core.clients import clients
from dialects.shared.dialect import Dialect
from dialects.shared.operation import Path
from dialects.shared.resource import Resource
from tests.third_dialect import wire
from tests.third_dialect.clients import FIELDS, FILTERS

CUSTOMERS = Resource("Customer", clients, FIELDS, wire, filters=FILTERS)

DIALECT = Dialect(
    name="crm",
    prefix="/crm",
    paths=(
        Path("/customers", {"GET": CUSTOMERS.lists(), "POST": CUSTOMERS.creates()}),
        Path("/customers/{id}", {"GET": CUSTOMERS.shows(), "PUT": CUSTOMERS.updates()}),
    ),
    read_key=wire.read_key,
    password_of=wire.password_of,
    id_of=int,
    default_search=wire.default_search,
    refusals=wire.REFUSALS,
    error_body=wire.error_body,
)
