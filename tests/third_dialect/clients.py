"""Its client: three fields, each a row."""

from core.clients.attributes import attribute_of_client
from schemas.fields import FieldMap
from schemas.queries import Where
from schemas.rows import BOTH, Field
from schemas.types import Integer, Text

FIELDS = FieldMap(
    "customer",
    attribute_of_client,
    Field("nr", "id", Integer()),
    Field("title", "display_name", Text(), on=BOTH),
    Field("place.town", "city", Text(), on=BOTH, write="town"),
)
FILTERS = (Where(name="town", attribute="city"),)
