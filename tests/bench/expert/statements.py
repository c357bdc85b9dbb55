"""The statements, with `?1`, `?2` … for values; the first value is always the digest of the key."""

from dataclasses import dataclass

from tests.bench.expert.shapes import FROM

_KEY = "SELECT company_id, user_id FROM tokens WHERE digest = ?1 AND revoked_at = 0"
_LIVE = "SELECT count(*) FROM clients c WHERE c.company_id = k.company_id AND c.deleted_at = 0"
_TOTAL = f"SELECT ({_LIVE}) FROM ({_KEY}) k"


@dataclass(frozen=True)
class Reads:
    """The reads of one dialect: one client, and a page with the exact total.

    Both return no row for an unknown key. `one` has NULL for an unknown client; the rows of a page are in order, and
    there is none for an empty page.
    """

    one: str
    page: str
    total: str = _TOTAL


def reads(shape: str, hides_deleted: bool, newest_first: bool) -> Reads:
    """The statements for a dialect's shape."""
    visible = " AND c.deleted_at = 0" if hides_deleted else ""
    one = (
        f"SELECT (SELECT {shape} FROM {FROM} WHERE c.company_id = k.company_id AND c.id = ?2{visible}) FROM ({_KEY}) k"
    )
    order = "DESC" if newest_first else "ASC"
    # The page's ids are found in an index first, so that what lies before it is never joined.
    ids = (
        f"SELECT company_id, id FROM clients WHERE company_id = (SELECT company_id FROM ({_KEY}) k) AND deleted_at = 0"
    )
    some = f"SELECT * FROM ({ids} ORDER BY id {order} LIMIT ?2 OFFSET ?3) s"
    joined = FROM.replace("clients c", f"({some}) f JOIN clients c ON c.company_id = f.company_id AND c.id = f.id")
    return Reads(one, f"SELECT {shape} FROM {joined} ORDER BY c.id {order}")


EMAIL = """
    SELECT k.company_id, k.user_id, EXISTS (SELECT 1 FROM contacts WHERE company_id = k.company_id AND email_key = ?2)
        OR EXISTS (SELECT 1 FROM users WHERE company_id = k.company_id AND email_key = ?2)
    FROM (SELECT company_id, user_id FROM tokens WHERE digest = ?1 AND revoked_at = 0) k
"""
NUMBER = "UPDATE companies SET next_number = next_number + 1 WHERE id = ?1 RETURNING next_number - 1"
CLIENT = """
    INSERT INTO clients (company_id, user_id, category_id, number, name, display_name, phone, city, country_id,
        country_text, client_hash, created_at, updated_at)
    SELECT ?1, ?2, g.id, {number}, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9
    FROM categories g{numbered} WHERE g.company_id = ?1 AND g.is_default RETURNING id
"""
CONTACT = """
    INSERT INTO contacts (company_id, client_id, first_name, last_name, email, email_key, is_primary, contact_key,
        created_at, updated_at)
    {values}
"""
TAG = "INSERT INTO client_tags (company_id, client_id, position, title) {values}"
