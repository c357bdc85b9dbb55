"""Editing a client in a real browser: the other view changes beside the form, and no input is lost."""

from urllib.parse import urlsplit

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.looking import hosts_asked
from tests.browser.test_bridge import focused, press, sign_in_by_keyboard, tab_to, wait_for
from tests.register.arranging import number_of

pytestmark = pytest.mark.usefixtures("other_company")  # with a second one the form of signing in asks for the name


def wait(browser, condition):
    # The page replaces the other view while it is being read.
    WebDriverWait(browser, 60, ignored_exceptions=[StaleElementReferenceException]).until(condition)


def text_of(browser, selector):
    return " ".join(each.text for each in browser.find_elements(By.CSS_SELECTOR, selector))


def field(browser, key):
    return browser.find_element(By.ID, f"client-{key}")


def retype(browser, key, text):
    control = field(browser, key)
    control.send_keys(Keys.CONTROL, "a")
    control.send_keys(text or Keys.DELETE)


def test_while_somebody_types_the_other_view_changes_beside_the_form(company, browser):
    browser.implicitly_wait(0)
    browser.set_window_size(1280, 900)
    client = company.new_legacy(client_company_name="Northwind", client_billing_city="Bergen")["id"]
    sign_in_by_keyboard(browser, company, f"/bridge/clients/{client}/edit/api")
    retype(browser, "client_billing_city", "Oslo")
    wait(browser, lambda page: '"city": "Oslo"' in text_of(page, "#preview .line.changed"))
    assert text_of(browser, "#preview h2") == "What /api/v1 will show"
    assert text_of(browser, "#live[role=status]") == "/api/v1: 1 changed line"
    retype(browser, "client_company_name", "")
    words = "The client company name field is required."
    wait(browser, lambda page: words in text_of(page, ".line-field .error"))
    assert field(browser, "client_company_name").get_attribute("aria-invalid") == "true"
    retype(browser, "client_company_name", "Northwind AS")
    wait(browser, lambda page: "3 changed lines" in text_of(page, "#live"))  # two names and the city
    assert text_of(browser, ".line-field .error") == ""
    press(browser, Keys.ENTER)
    wait(browser, lambda page: focused(page).get_attribute("id") == "preview")
    assert company.legacy_view(client)["billing"]["city"] == "Bergen"
    save = browser.find_element(By.CSS_SELECTOR, "[value=save]")
    browser.execute_script("arguments[0].focus({preventScroll: true})", save)
    press(browser, Keys.ENTER, Keys.ENTER)
    wait_for(browser, f"/bridge/clients/{client}")
    assert text_of(browser, "[role=status]") == "Saved."
    assert (company.legacy_view(client)["company_name"], company.legacy_view(client)["billing"]["city"]) == (
        "Northwind AS",
        "Oslo",
    )
    assert hosts_asked(browser) == {urlsplit(company.server.url).netloc}


def test_a_client_is_changed_without_scripts_and_by_keyboard(company, browser):
    browser.implicitly_wait(0)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    made = company.new_v1(name="Northwind", contacts=[{"first_name": "Jane"}])
    sign_in_by_keyboard(browser, company, f"/bridge/clients/{number_of(made)}/edit/v1")
    tab_to(browser, "client-website", "id")
    press(browser, "northwind.example", Keys.ENTER)
    wait(browser, lambda page: '"website": "northwind.example"' in text_of(page, "#preview"))
    assert browser.current_url.endswith("#preview")
    company.v1.put(f"/clients/{made['id']}", json={"website": "theirs.example"})
    browser.find_element(By.CSS_SELECTOR, "[value=save]").send_keys(Keys.ENTER)
    wait(browser, lambda page: "Changed meanwhile" in text_of(page, "#conflict h2"))
    assert "website is now theirs.example; you have northwind.example" in text_of(browser, "#conflict")
    browser.find_element(By.CSS_SELECTOR, "[value=save]").send_keys(Keys.ENTER)
    wait_for(browser, f"/bridge/clients/{number_of(made)}")
    assert company.v1_view(made["id"])["website"] == "northwind.example"


def test_several_files_are_chosen_and_uploaded_at_once(company, browser, tmp_path):
    client = number_of(company.new_v1(name="Northwind"))
    files = [tmp_path / "Offer A.PDF", tmp_path / "plan.txt"]
    for file in files:
        file.write_bytes(b"x" * 10)
    sign_in_by_keyboard(browser, company, f"/bridge/clients/{client}")
    browser.find_element(By.ID, "files").send_keys("\n".join(map(str, files)))
    browser.find_element(By.CSS_SELECTOR, ".upload button").send_keys(Keys.ENTER)
    wait(browser, lambda page: "The documents were uploaded." in text_of(page, "[role=status]"))
    shown = company.v1_view(company.v1_of(client))["documents"]
    assert sorted(each["name"] for each in shown) == ["Offer A.PDF", "plan.txt"]
