"""Keys as a hand presses them, where Playwright's own do less."""

from typing import Any


def access_key(page: Any, letter: str) -> None:
    """Press Alt with a letter, and wait for the page that the access key opens.

    Chromium looks an access key up by the letter that the key would write without Alt. Playwright's
    own ``press("Alt+g")`` leaves that text out, and so nothing is found.
    """
    browser = page.context.new_cdp_session(page)
    alt = {"key": "Alt", "code": "AltLeft", "windowsVirtualKeyCode": 18}
    key = {
        "key": letter,
        "code": f"Key{letter.upper()}",
        "windowsVirtualKeyCode": ord(letter.upper()),
        "unmodifiedText": letter,
        "modifiers": 1,
    }
    with page.expect_navigation():
        browser.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "modifiers": 1, **alt})
        browser.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": letter, **key})
        browser.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
        browser.send("Input.dispatchKeyEvent", {"type": "keyUp", **alt})
