"""Chromium, headless. The Python index has none, so without one these tests are deselected, never failed."""

import os
import shutil
from contextlib import suppress

import psutil
import pytest
from selenium import webdriver
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


@pytest.fixture
def browser(tmp_path):
    options = Options()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.implicitly_wait(10)
    patience = driver.command_executor.client_config
    patience.timeout = 30
    yield driver
    processes = [here := psutil.Process(driver.service.process.pid), *here.children(recursive=True)]
    patience.timeout = 3
    with suppress(HTTPError):
        driver.quit()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
