"""How a database's URL is read, and how it is shown."""

import pytest

from core.database.addresses import address_of, with_host_last

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


def test_libpq_gets_the_parameters_of_the_url():
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
def test_an_invalid_address_is_an_error(url):
    with pytest.raises(ValueError, match=r"it (is not a URL|has no scheme)|its port is not a number"):
        address_of(url)


ORDERED = {
    "postgresql://one,two,three/register": ("two", "5432", "one,three,two", ",,"),
    "postgresql://one:1,two:2,three:3/register": ("one", "1", "two,three,one", "2,3,1"),
    "postgresql://one:1,one:2/register": ("one", "1", "one,one", "2,1"),
    "postgresql://one,two/register?port=7": ("one", "7", "two,one", "7"),
    "postgresql://one:1,two:2/register": ("elsewhere", "1", "one,two", "1,2"),
    "postgresql://one:1/register": ("one", "1", "one", "1"),
    "postgresql:///?service=register": ("one", "5432", None, None),
}


@pytest.mark.parametrize("url", ORDERED)
def test_a_silent_server_is_tried_after_the_other_hosts(url):
    host, port, hosts, ports = ORDERED[url]
    ordered = with_host_last(address_of(url).parameters, {"host": host, "port": port})
    assert (ordered.get("host"), ordered.get("port")) == (hosts, ports)
