"""The server's page in a real browser: names that contain markup, its Content-Security-Policy, and the headers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By

from .arena import Outcome
from .client import ask
from .process import Server

#: The name of a file, and therefore of a model. It sets `window.broken` if it is interpreted as markup.
MODEL = "<img src=x onerror=window.broken=1>"
LABELS = [
    '"><svg onload=window.broken=2>',
    "<script>window.broken=3</script>",
    "'-window.broken=4-'",
    "{{constructor.constructor('window.broken=5')()}}",
    "<a href=javascript:window.broken=6>a</a>",
    "</title><script>window.broken=7</script>",
    "]]><script>window.broken=8</script>",
    "\u202e<b>reversed",
    "<iframe srcdoc='<script>parent.broken=9</script>'>",
    "&lt;script&gt;",
]
INLINE = """
const script = document.createElement('script');
script.textContent = 'window.ran = 1';
document.body.append(script);
document.body.insertAdjacentHTML('beforeend', '<img src=nothing onerror="window.ran = 2">');
return true;
"""
FROM_ELSEWHERE = """
window.stopped = [];
document.addEventListener('securitypolicyviolation', event => window.stopped.push(event.effectiveDirective));
for (const [kind, key] of [['script', 'src'], ['img', 'src'], ['iframe', 'src']]) {
  const element = document.createElement(kind);
  element[key] = 'http://127.0.0.1:9/elsewhere';
  document.body.append(element);
}
fetch('http://127.0.0.1:9/elsewhere').catch(() => {});
const form = document.createElement('form');
form.action = 'http://127.0.0.1:9/elsewhere';
document.body.append(form);
form.submit();
return true;
"""


def browser() -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


def _wait(condition, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def _use(url: str, image: Path, expect) -> None:
    """The page works, and writes nothing to the console."""
    driver = browser()
    try:
        driver.get(url)
        driver.find_element(By.CSS_SELECTOR, ".drop input").send_keys(str(image))
        output = driver.find_element(By.CSS_SELECTOR, ".drop output")
        expect(_wait(lambda: "p-value" in output.text), "the page does not score an image that is dropped on it")
        # The page redraws itself now and then, with the new outlier.
        shown = _wait(lambda: driver.find_elements(By.CSS_SELECTOR, ".pictures img"))
        expect(shown, "the page shows no picture of the outlier")
        expect(MODEL in driver.find_element(By.TAG_NAME, "body").text, "the model's name is not shown as it is")
        expect(driver.execute_script("return window.broken") is None, "a name with markup ran as a script")
        elements = driver.execute_script("return document.querySelectorAll('[onerror], [onload], iframe').length")
        expect(elements == 0, "a name with markup became an element")
        logged = [one["message"] for one in driver.get_log("browser") if "favicon" not in one["message"]]
        expect(not logged, f"the console says {logged[:2]}")
        _inject(driver, expect)
    finally:
        driver.quit()


def _inject(driver: webdriver.Chrome, expect) -> None:
    """Script that is injected into the page does not run, and nothing is loaded from or sent to other hosts."""
    driver.execute_script(INLINE)
    time.sleep(1)
    expect(driver.execute_script("return window.ran") is None, "an injected inline script ran")
    driver.execute_script(FROM_ELSEWHERE)
    time.sleep(1)
    stopped = set(driver.execute_script("return window.stopped") or [])
    wanted = {"script-src-elem", "img-src", "frame-src", "connect-src", "form-action"}
    expect(stopped >= wanted, f"the policy did not stop {sorted(wanted - stopped)}")


def _control(expect) -> None:
    """The same injection does run on a page without a policy. Otherwise the check could not fail."""
    driver = browser()
    try:
        driver.get("data:text/html,<body>plain</body>")
        driver.execute_script(INLINE)
        time.sleep(1)
        ran = driver.execute_script("return window.ran")
        expect(ran is not None, "the injected script does not run on a page without a policy")
    finally:
        driver.quit()


def in_browser(image: Path) -> object:
    async def attack(server: Server) -> Outcome:
        outcome = Outcome(tried=3)
        await asyncio.to_thread(_use, f"http://127.0.0.1:{server.port}/", image, outcome.expect)
        await asyncio.to_thread(_control, outcome.expect)
        return outcome

    return attack


#: Paths with the media types of their answers.
TYPES = {
    "/": "text/html; charset=utf-8",
    "/metrics": "text/plain; version=0.0.4; charset=utf-8",
    "/openapi.json": "application/json",
    "/v1/models": "application/json",
    "/v2": "application/json",
    "/v2/health/live": "application/json",
    "/v2/health/ready": "application/json",
    "/nothing": "application/problem+json",
    "/v1/models/<script>alert(1)<script>/score": "application/problem+json",
    "/v1/models/nobody/score": "application/problem+json",
}


async def types(server: Server) -> Outcome:
    """The media type of every answer is explicit, so that no browser guesses it."""
    outcome = Outcome()
    for method in ("GET", "HEAD", "POST", "DELETE"):
        for target, kind in TYPES.items():
            outcome.tried += 1
            answer = await ask(server.port, method, target)
            name = f"{method} {target}"
            told = answer.headers.get("content-type")
            wanted = kind if answer.status == 200 else "application/problem+json"
            # A refusal of HEAD has no body.
            outcome.expect(told == wanted, f"{name} is {told}, not {wanted}")
            outcome.expect(answer.headers.get("x-content-type-options") == "nosniff", f"{name} has no nosniff")
            policy = answer.headers.get("content-security-policy", "")
            outcome.expect("default-src 'none'" in policy, f"{name} has no policy")
            outcome.expect("unsafe" not in policy, f"{name} has an unsafe policy")
            outcome.expect("access-control-allow-origin" not in answer.headers, f"{name} lets other pages in")
            outcome.expect("server" not in answer.headers, f"{name} tells what serves it")
            if told == "application/problem+json" and method == "GET":
                outcome.expect(b"<script>" not in answer.body or told != "text/html", f"{name} echoes markup")
    return outcome
