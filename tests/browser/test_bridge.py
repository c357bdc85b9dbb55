"""/bridge and a contact's page in a real browser: by keyboard, without scripts, in every size and colour scheme."""

import base64
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from selenium_axe_python import Axe

from core.access import usage
from core.access.usage import DAY, Tally, day_of
from core.text.clock import now
from tests.browser.looking import hosts_asked
from tests.register.arranging import register, upload

SCREENSHOTS = Path("build/screenshots")
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
SHOWN = ("search", "client", "edit", "keys", "contact")  # pictures in every size and light
CHECKED = [("desktop", "light"), ("phone", "dark")]  # everything differs between these two


@pytest.fixture
def company(company, other_company):  # with a second one the form asks for the name
    for name in ("Northwind Traders", "Adventure Works", "Contoso"):
        made = company.new_legacy(
            client_company_name=name,
            client_billing_street="1 Market St",
            client_billing_city="San Francisco",
            client_billing_country="United States",
            client_description="Pays on time; call before noon.",
            tags=["priority", "retainer"],
        )
    company.v1.put(f"/clients/{company.v1_of(made['id'])}", json={"public_notes": "Thank you for your trust."})
    upload(company, company.v1_of(made["id"]), ("offer 2026.pdf", b"%PDF" * 5000), ("notes.txt", b"x"))
    register(company, _called)
    return company


def _called(connection, company_id):
    token = connection.exec_driver_sql(f"SELECT id FROM tokens WHERE company_id = {company_id}").scalar_one()
    today = day_of(now())
    tallies = [
        Tally(company_id, today - back * DAY, token, name, "GET", f"{prefix}/clients", calls, 1, today, today + back)
        for back in range(30)
        for name, prefix, calls in (("api", "/api", back * 7 % 90 + 3), ("v1", "/api/v1", 200 - back * 6))
    ]
    usage.add(connection, tallies)


def press(browser, *keys):
    ActionChains(browser).send_keys(*keys).perform()


def focused(browser):
    return browser.switch_to.active_element


def tab_to(browser, value, attribute="innerText"):
    """Press Tab until the element with this text, or this value of another attribute, has the focus."""
    for _ in range(30):
        press(browser, Keys.TAB)
        if focused(browser).get_attribute(attribute) == value:
            return
    raise AssertionError(f"{value!r} cannot be reached with the Tab key")


def wait_for(browser, path):
    WebDriverWait(browser, 60).until(lambda page: urlsplit(page.current_url).path == path)


def sign_in_by_keyboard(browser, company, asked="/bridge"):
    browser.get(company.server.url + asked)
    wait_for(browser, "/bridge/login")
    press(browser, Keys.TAB)
    assert focused(browser).text == "Skip to the content"
    press(
        browser,
        Keys.ENTER,
        Keys.TAB,
        company.name,
        Keys.TAB,
        "team@acme.example",
        Keys.TAB,
        company.password,
        Keys.ENTER,
    )
    wait_for(browser, urlsplit(asked).path)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_keyboard_alone_is_enough_from_signing_in_to_a_clients_counterparts(company, browser, scripts):
    browser.implicitly_wait(0)
    browser.set_window_size(1400, 1000)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
    sign_in_by_keyboard(browser, company)
    tab_to(browser, "q", "id")
    press(browser, "northwind", Keys.ENTER)
    WebDriverWait(browser, 60).until(lambda page: "q=northwind" in page.current_url)
    tab_to(browser, "Northwind Traders")
    press(browser, Keys.ENTER)
    WebDriverWait(browser, 60).until(lambda page: "/bridge/clients/" in page.current_url)

    tab_to(browser, '"company_name"')
    lit = [line.text.split(":")[0].strip() for line in browser.find_elements(By.CSS_SELECTOR, ".line.lit")]
    assert lit == (['"company_name"', '"name"', '"display_name"'] if scripts else [])
    save(browser, f"bridge-linked-{'with' if scripts else 'without'}-scripts.png")
    press(browser, Keys.ENTER)
    WebDriverWait(browser, 60).until(lambda page: page.current_url.endswith("#v1-name"))
    assert browser.find_element(By.CSS_SELECTOR, "#v1-name:target").is_displayed()


def test_every_page_is_accessible_in_every_size_and_colour_scheme(company, browser):
    client = company.v1.get("/clients?name=Contoso").json()["data"][0]
    number = company.api.get("/clients?search=Contoso").json()["data"][0]["id"]
    contact = urlsplit(client["contacts"][0]["link"]).path
    look_at(browser, company, "login", "/bridge/login?ended=yes")
    sign_in_by_keyboard(browser, company, "/bridge/keys")
    for name, path in {
        "search": "/bridge",
        "search-nothing": "/bridge?q=nobody",
        "client": f"/bridge/clients/{number}",
        "edit": f"/bridge/clients/{number}/edit/v1",
        "new": "/bridge/new/api",
        "purge": f"/bridge/clients/{number}/purge",
        "keys": "/bridge/keys",
        "nothing": "/bridge/nothing",
        "contact": contact,
        "contact-refused": "/client/key_login/nobody",
    }.items():
        look_at(browser, company, name, path)
    assert _severe(browser) == []
    assert hosts_asked(browser) == {urlsplit(company.server.url).netloc}


def look_at(browser, company, name, path):
    browser.get(company.server.url + path)
    for size, (width, height) in SIZES.items():
        measures = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "phone"}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", measures)
        for scheme in ("light", "dark"):
            feature = {"name": "prefers-color-scheme", "value": scheme}
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
            if name in SHOWN or (size, scheme) in CHECKED:
                save(browser, f"bridge-{name}-{size}-{scheme}.png")
            if (size, scheme) in CHECKED:
                check(browser, f"{name} on a {size}, {scheme}")
        too_wide = browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
        assert too_wide <= 0, (name, size)


def save(browser, name):
    """Save a picture of the whole page, however long it is."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    picture = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
    (SCREENSHOTS / name).write_bytes(base64.b64decode(picture["data"]))


def check(browser, where):
    axe = Axe(browser)
    axe.inject()
    found = axe.run()["violations"]
    assert found == [], where + ": " + Axe.report(found)


def _severe(browser):
    """Return the browser's errors, except for the refusals that the test caused."""
    entries = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    return [message for message in entries if "status of 404" not in message]
