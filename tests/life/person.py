"""Somebody of the cast before a screen: they read Vietnamese labels, type, and press; they know no address by heart."""

import re

from playwright.sync_api import Browser, Locator, Page, TimeoutError, ViewportSize

from tests.life.browsing import DESKTOP, Watch
from tests.world import PASSWORD

# A label says that its field is needed; the name of the field is what stands before that.
NEEDED = r"( \(bắt buộc\))?$"


class Person:
    """One window of one person, signed in through the page with their password."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        username: str,
        *,
        size: ViewportSize = DESKTOP,
        script: bool = True,
    ) -> None:
        context = browser.new_context(
            base_url=url,
            viewport=size,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            java_script_enabled=script,
            is_mobile=size["width"] < 500,
        )
        context.set_default_timeout(10_000)
        self.watch = Watch(context)
        self.page: Page = context.new_page()
        self.username = username
        self.sign_in()

    def sign_in(self) -> None:
        """From the first page; whoever was signed in longer than a working day is sent to the sign-in page."""
        self.page.goto("/")
        self.write("Tên đăng nhập", self.username)
        self.write("Mật khẩu", PASSWORD)
        self.press("Đăng nhập")
        try:
            self.page.wait_for_url(lambda url: "sign-in" not in url)
        except TimeoutError as error:
            raise AssertionError(self.reads()) from error

    # --- reading ---

    def sees(self, *texts: str) -> None:
        """All of this stands on the page."""
        for text in texts:
            try:
                self.page.get_by_text(text).first.wait_for(state="attached")
            except TimeoutError as error:
                raise AssertionError(
                    f"«{text}» does not stand on {self.page.url}:\n{self.reads()[:2000]}"
                ) from error

    def reads(self) -> str:
        """The words of the page."""
        return self.page.locator("main").inner_text()

    def part(self, title: str) -> Locator:
        """The part of the page, or the group of questions, under this title."""
        name = re.compile(f"^{re.escape(title)}{NEEDED}")
        found = self.page.get_by_role("region", name=name)
        for role in ("group", "navigation"):
            found = found.or_(self.page.get_by_role(role, name=name))
        return found.first

    # --- doing ---

    def field(self, label: str, within: str = "") -> Locator:
        scope = self.part(within) if within else self.page
        return scope.get_by_label(re.compile(f"^{re.escape(label)}{NEEDED}"))

    def write(self, label: str, text: str, within: str = "") -> None:
        self.field(label, within).fill(text)

    def choose(self, label: str, option: str, within: str = "") -> None:
        self.field(label, within).select_option(option)

    def tick(self, label: str, within: str = "") -> None:
        self.field(label, within).check()

    def answer(self, question: str, option: str) -> None:
        """One of the buttons under a question."""
        self.part(question).get_by_role("radio", name=option, exact=True).check()

    def press(self, name: str, within: str = "") -> None:
        """A button, or what looks like one, and wait for where it leads."""
        scope = self.part(within) if within else self.page
        scope.get_by_role("button", name=name, exact=True).first.click()

    def send(self, name: str) -> None:
        """The button under a form; the head of a case may have a link that looks the same."""
        self.page.locator("main button[type=submit]").filter(has_text=name).last.click()

    def follow(self, name: str, within: str = "") -> None:
        """A link."""
        scope = self.part(within) if within else self.page
        scope.get_by_role("link", name=name, exact=True).first.click()

    def leave(self) -> list[str]:
        """Close the window; what went wrong in it."""
        self.page.context.close()
        return self.watch.take()
