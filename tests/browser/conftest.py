"""Chromium, headless. The Python index has none, so without one these tests are deselected, never failed."""

import os
import shutil
from contextlib import suppress

import psutil
import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from urllib3.exceptions import HTTPError

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)


def _found(*names):
    return next((path for path in map(shutil.which, names) if path), None)


CHROMIUM = os.environ.get("GATEWAY_TEST_CHROMIUM") or _found("chromium", "chromium-browser", "google-chrome")
DRIVER = os.environ.get("GATEWAY_TEST_CHROMEDRIVER") or _found("chromedriver")


def pytest_collection_modifyitems(config, items):
    here = [item for item in items if "tests/browser" in item.nodeid]
    for item in here:
        # A headless Chromium on a busy machine sometimes stops answering its driver, which says nothing about the page.
        item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=["ReadTimeoutError"]))
    if CHROMIUM and DRIVER:
        return
    if here:
        items[:] = [item for item in items if item not in here]
        config.hook.pytest_deselected(items=here)
        print("\nno chromium and chromedriver on this machine: the browser tests are left out")


@pytest.fixture(scope="package")
def running():
    """The browser of this process, in a list, while it runs tests of this folder: starting one takes two seconds."""
    drivers = []
    yield drivers
    for driver in drivers:
        _end(driver)


@pytest.fixture
def browser(running, tmp_path_factory):
    """A browser that remembers nothing of other tests, at about:blank."""
    if not running:
        running.append(_started(tmp_path_factory.mktemp("chromium")))
    (driver,) = running
    driver.implicitly_wait(10)
    driver.set_window_size(800, 600)
    yield driver
    try:
        _forget(driver)
    except (HTTPError, WebDriverException):  # it does not answer any more, and the next test gets another one
        _end(running.pop())


def _started(folder):
    options = Options()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.command_executor.client_config.timeout = 30
    return driver


def _forget(driver):
    """Go on in a new tab, without emulation and storage of the one before, and without cookies, caches and logs."""
    before = driver.window_handles
    driver.switch_to.new_window("tab")
    new = driver.current_window_handle
    for each in before:
        driver.switch_to.window(each)
        driver.close()
    driver.switch_to.window(new)
    driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
    for what in ("Cookies", "Cache"):
        driver.execute_cdp_cmd(f"Network.clearBrowser{what}", {})
    for log in ("browser", "performance"):
        driver.get_log(log)


def _end(driver):
    processes = [here := psutil.Process(driver.service.process.pid), *here.children(recursive=True)]
    driver.command_executor.client_config.timeout = 3
    with suppress(HTTPError, WebDriverException):
        driver.quit()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
