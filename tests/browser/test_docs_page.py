"""/docs as a person uses it: choose a dialect, paste a key, try a request."""

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.looking import hosts_asked
from tests.server import serving

SCREENSHOTS = Path("build/screenshots")


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
@pytest.mark.parametrize("dialect", ["/api", "/api/v1"])
def test_a_pasted_key_lists_the_clients(company, browser, dialect, width, height):
    company.new_legacy(client_company_name="Acme of the page")
    browser.set_window_size(width, height)
    browser.get(f"{company.server.url}/docs")
    browser.find_element(By.XPATH, f"//button[.='{dialect}']").click()
    wait = WebDriverWait(browser, 60)
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


def luminance(browser, script):
    """Return how light a colour is, from 0 to 1 (WCAG 2, relative luminance)."""
    channels = [int(each) / 255 for each in re.findall(r"\d+", browser.execute_script(f"return {script}"))[:3]]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


READ = ".info .title, .info p, .opblock-summary-path__deprecated, .opblock-summary-description, .opblock-tag"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_deprecated_can_be_read_in_every_colour_scheme_and_no_link_leads_elsewhere(
    browser, new_register, tmp_path, scheme
):
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    with serving(new_register("sqlite"), tmp_path, api_deprecated_at=datetime(2026, 1, 1, tzinfo=UTC)) as server:
        browser.get(f"{server.url}/docs")
        WebDriverWait(browser, 60).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".opblock-deprecated"))
        badge = "getComputedStyle(document.querySelector('.opblock-summary-path__deprecated'), '::after').content"
        assert browser.execute_script(f"return {badge}") == '"deprecated"'
        paper = luminance(browser, "getComputedStyle(document.body).backgroundColor")
        assert (paper < 0.1) is (scheme == "dark")
        for selector in READ.split(", "):
            ink = luminance(browser, f"getComputedStyle(document.querySelector('.swagger-ui {selector}')).color")
            assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) > 4.5, selector
        links = {each.get_attribute("href") for each in browser.find_elements(By.CSS_SELECTOR, "a[href]")}
        assert {urlsplit(link).netloc for link in links} == {urlsplit(server.url).netloc}
        assert f"{server.url}/bridge" in links
