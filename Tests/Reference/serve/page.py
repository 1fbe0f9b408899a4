"""The server's page in headless Chromium, with Selenium.

Usage: page.py COMMAND GUARDED FOLDER IMAGE…

The first image is dropped on the page. Prints the content of the page afterwards, and writes screenshots to
FOLDER: light, dark, phone.
"""

import json
import pathlib
import sys
import time

from selenium import webdriver
from selenium.webdriver.common.by import By

from server import Server


def browser(width, height, dark=False):
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    )
    return driver


def wait(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    return None


def counted(driver):
    """The first of the facts. It is found and read in one step, because the page replaces its elements."""
    return int(driver.execute_script("return document.querySelector('.facts dd').textContent"))


def use(url, image):
    """Drops an image. Returns the page's verdict on it, and the page's content afterwards."""
    driver = browser(1200, 1000)
    try:
        driver.get(url)
        before = counted(driver)
        driver.find_element(By.CSS_SELECTOR, ".drop input").send_keys(str(pathlib.Path(image).resolve()))
        output = driver.find_element(By.CSS_SELECTOR, ".drop output")
        verdict = wait(lambda: "p-value" in output.text and output.text)
        wait(lambda: counted(driver) > before)
        return {
            "verdict": verdict,
            "title": driver.title,
            "text": driver.find_element(By.TAG_NAME, "body").text,
            "charts": len(driver.find_elements(By.CSS_SELECTOR, "svg.chart")),
            "thumbnails": len(driver.find_elements(By.CSS_SELECTOR, ".pictures img")),
            "color": driver.execute_script("return getComputedStyle(document.body).backgroundColor"),
            "log": [entry["message"] for entry in driver.get_log("browser") if "favicon" not in entry["message"]],
        }
    finally:
        driver.quit()


def screenshot(url, path, width, height, dark):
    driver = browser(width, height, dark)
    try:
        driver.get(url)
        driver.save_screenshot(str(path))
        return {
            "overflow": driver.execute_script("return document.documentElement.scrollWidth - innerWidth"),
            "color": driver.execute_script("return getComputedStyle(document.body).backgroundColor"),
        }
    finally:
        driver.quit()


def main(command, guarded, folder, *files):
    folder, name = pathlib.Path(folder), pathlib.Path(guarded).stem
    with Server(command, guarded) as server:
        for file in files[1:]:
            assert server.score(name, pathlib.Path(file).read_bytes(), source="camera-1")[0] == 200
            time.sleep(0.25)  # Thumbnails are stored five times a second at most.
        result = use(server.url, files[0])
        for kind, width, height, dark in [("light", 1200, 1800, False), ("dark", 1200, 1800, True), ("phone", 390, 2600, False)]:
            result[kind] = screenshot(server.url, folder / f"{kind}.png", width, height, dark)
    print(json.dumps(result))


main(*sys.argv[1:])
