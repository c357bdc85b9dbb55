"""What a database's URL names, and how it is shown."""

import pytest

from core.database.addresses import address_of

SHOWN = {
    "sqlite:///data/register.db": "sqlite:///data/register.db",
    "postgresql://user:secret@one/register": "postgresql://user@one/register",
    "postgres://user:se%40cret@one:5433/register": "postgresql://user@one:5433/register",
    "postgresql+psycopg://one/register": "postgresql://one/register",
    "postgresql://user:secret@one:1,two:2/register?target_session_attrs=any": "postgresql://user@one:1,two:2/register",
    "postgresql://one,two:2/register": "postgresql://one,two:2/register",
    "postgresql:///register?host=/run/postgresql&password=secret": "postgresql:///run/postgresql/register",
    "postgresql:///?service=register": "postgresql:///",
    "postgresql://[::1]:5432/register?sslmode=verify-full&sslrootcert=ca.pem": "postgresql://::1:5432/register",
}


@pytest.mark.parametrize("url", SHOWN)
def test_an_address_is_shown_without_its_password(url):
    assert str(address_of(url)) == SHOWN[url]


def test_what_libpq_is_given_is_what_the_url_says():
    address = address_of("postgresql://user:se%40cret@one:5432,two:5433/register?sslmode=require")
    assert address.parameters == {
        "user": "user",
        "password": "se@cret",
        "host": "one,two",
        "port": "5432,5433",
        "dbname": "register",
        "sslmode": "require",
    }


@pytest.mark.parametrize(
    "url", ["postgresql://one/register?colour=red", "postgresql://one:port:5/register", "register"]
)
def test_what_is_no_address_is_an_error(url):
    with pytest.raises(ValueError, match=r"it (is not a URL|has no scheme)|its port is not a number"):
        address_of(url)
