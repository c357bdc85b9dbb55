"""The pages of keys, webhooks, mail and the team in a real browser: every size, every colour scheme, double clicks."""

from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from core.access import keys, users
from core.access.roles import Role
from core.events import deliveries, outbox, webhooks
from tests.browser.looking import hosts_asked
from tests.browser.test_bridge import company as _with_clients
from tests.browser.test_bridge import look_at, press, sign_in_by_keyboard, tab_to, wait_for
from tests.register.arranging import eventually, register

company = _with_clients  # a company with clients, documents and calls


def fill(connection, company_id):
    """Create another team user, a webhook of each origin with messages, and mail."""
    users.add_team_user(connection, company_id, "ann@acme.example", "Secret123", "Ann", "Lee", Role.VIEWER)
    for url in ("https://shop.example/hooks", "https://crm.example/a-rather-long-path/of-a-hook?with=a&query=string"):
        webhooks.add(connection, company_id, url, "v1", [webhooks.Event.CREATED])
    person = {"first_name": "Jane", "last_name": "Doe", "email": "jane@customer.example", "is_primary": True}
    client = connection.exec_driver_sql(
        f"SELECT id, display_name FROM clients WHERE company_id = {company_id}"
    ).mappings()
    outbox.queue_welcome(connection, company_id, dict(client.first()), person)


@pytest.fixture
def page_ids(company, browser):
    """The ids in the paths of the pages, and a browser that is signed in."""
    register(company, fill)
    company.new_v1(name="Sent to the webhooks")
    company.api.get("/clients", params={"search": "acme", "limit": 5, "category_id": 1})
    assert eventually(lambda: b"/api/clients" in b"".join(_routes(company)))
    sign_in_by_keyboard(browser, company)
    return {
        "key": register(company, keys.list_all)[0]["id"],
        "webhook": register(company, webhooks.list_all)[0]["id"],
        "delivery": register(company, deliveries.list_all)[0]["id"],
        "user": register(company, users.find_team_user, "ann@acme.example"),
    }


def _routes(company):
    rows = company.server.database.read_now(
        lambda connection: connection.exec_driver_sql("SELECT route FROM usage_names").scalars().all()
    )
    return [row.encode() for row in rows]


PAGES = {
    "activity": "/bridge/activity",
    "key": "/bridge/keys/{key}",
    "key-new": "/bridge/keys/new",
    "key-rotate": "/bridge/keys/{key}/rotate",
    "key-revoke": "/bridge/keys/{key}/revoke",
    "usage": "/bridge/usage",
    "webhooks": "/bridge/webhooks",
    "webhook": "/bridge/webhooks/{webhook}",
    "webhook-change": "/bridge/webhooks/{webhook}/change",
    "delivery": "/bridge/deliveries/{delivery}",
    "mail": "/bridge/mail",
    "team": "/bridge/team",
    "team-new": "/bridge/team/new",
    "team-role": "/bridge/team/{user}/role",
}


def test_the_pages_are_accessible_in_every_size_and_colour_scheme(company, browser, page_ids):
    for name, path in PAGES.items():
        look_at(browser, company, name, path.format(**page_ids))
    assert hosts_asked(browser) == {urlsplit(company.server.url).netloc}


@pytest.mark.parametrize("scripts", [True, False])
def test_a_key_is_made_by_keyboard_and_shown_once(company, browser, page_ids, scripts):
    browser.implicitly_wait(0)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
    browser.get(f"{company.server.url}/bridge/keys/new")
    tab_to(browser, "name", "id")
    press(browser, "till")
    tab_to(browser, "expires", "id")
    press(browser, "soon", Keys.ENTER)
    WebDriverWait(browser, 60).until(lambda page: page.find_elements(By.ID, "expires-error"))
    tab_to(browser, "expires", "id")
    press(browser, *[Keys.BACKSPACE] * 4, "90d", Keys.ENTER)
    shown = WebDriverWait(browser, 60).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".secret code"))
    secret = shown[0].text
    look_at_secret = browser.find_element(By.CSS_SELECTOR, "h1").text
    assert (len(secret), look_at_secret) == (64, "till was created")
    assert company.v1.get("/clients", headers={"X-API-TOKEN": secret}).status_code == 200
    tab_to(browser, "I have copied it")
    press(browser, Keys.ENTER)
    wait_for(browser, f"/bridge/keys/{register(company, keys.list_all)[-1]['id']}")
    assert secret not in browser.page_source


def test_a_double_click_with_scripts_shows_the_secret_of_the_one_key(company, browser, page_ids):
    browser.get(f"{company.server.url}/bridge/keys/new")
    button = browser.find_element(By.CSS_SELECTOR, "main form button")
    ActionChains(browser).scroll_to_element(button).double_click(button).perform()
    shown = WebDriverWait(browser, 60).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".secret code"))
    assert company.v1.get("/clients", headers={"X-API-TOKEN": shown[0].text}).status_code == 200
    assert len(register(company, keys.list_all)) == 2
