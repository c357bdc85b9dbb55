"""/docs as a person uses it: choose a dialect, paste a key, try a request."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.looking import hosts_asked

SCREENSHOTS = Path("build/screenshots")


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
@pytest.mark.parametrize("dialect", ["/api", "/api/v1"])
def test_a_pasted_key_lists_the_clients(company, browser, dialect, width, height):
    company.new_legacy(client_company_name="Acme of the page")
    browser.set_window_size(width, height)
    browser.get(f"{company.server.url}/docs")
    browser.find_element(By.XPATH, f"//button[.='{dialect}']").click()
    wait = WebDriverWait(browser, 20)
    wait.until(lambda page: f"{dialect}/clients" in page.find_element(By.ID, "reference").text)

    browser.find_element(By.CSS_SELECTOR, ".auth-wrapper .authorize").click()
    browser.find_element(By.CSS_SELECTOR, ".modal-ux input").send_keys(company.key)
    browser.find_element(By.CSS_SELECTOR, ".modal-ux .authorize").click()
    browser.find_element(By.CSS_SELECTOR, ".modal-ux .btn-done").click()

    browser.find_element(By.ID, "operations-clients-listClients").find_element(By.TAG_NAME, "button").click()
    run = wait.until(lambda page: page.find_element(By.CSS_SELECTOR, "#operations-clients-listClients .execute"))
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", run)
    run.click()
    answer = "#operations-clients-listClients .live-responses-table"
    wait.until(lambda page: "Acme of the page" in page.find_element(By.CSS_SELECTOR, answer).text)

    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    browser.save_screenshot(str(SCREENSHOTS / f"docs{dialect.replace('/', '-')}-{width}.png"))
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
    assert hosts_asked(browser) == {urlsplit(company.server.url).netloc}
    too_wide = browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
    assert too_wide <= 1
