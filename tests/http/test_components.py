"""The parts of a page say what they mean in words, reach those who listen, and carry nothing inline."""

import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.template import engines
from django.template.loader import get_template
from django.test import RequestFactory
from django.utils.translation import override

from casework.http.templatetags import pages

NOW = datetime(2026, 3, 27, 14, 14, tzinfo=UTC)  # 21:14 in Viet Nam
TEMPLATES = Path(settings.BASE_DIR) / "templates"
STATIC = Path(settings.BASE_DIR) / "static"


def draw(source: str, **context: object) -> str:
    """The HTML of a template text, in English."""
    with override("en"):
        return engines["django"].from_string(source).render(context, RequestFactory().get("/"))


def words(source: str, **context: object) -> str:
    """What a person reads of it."""
    return " ".join(re.sub(r"<[^>]+>", " ", draw(source, **context)).split())


class Tags(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def one(self, name: str) -> dict[str, str | None]:
        """The attributes of the only input of that name."""
        (attrs,) = [attrs for _tag, attrs in self.found if attrs.get("name") == name]
        return attrs


# --- time ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "text", "tone"),
    [
        (timedelta(hours=3, minutes=12, seconds=50), "3 hours 12 minutes left", "warning"),
        (timedelta(hours=12), "12 hours left", "warning"),
        (timedelta(hours=12, minutes=1), "12 hours 1 minute left", "neutral"),
        (timedelta(days=2, hours=5, minutes=59), "2 days 5 hours left", "neutral"),
        (timedelta(seconds=20), "under a minute left", "warning"),
        (timedelta(hours=-2), "2 hours overdue", "danger"),
        (timedelta(seconds=-20), "under a minute overdue", "danger"),
    ],
)
def test_a_clock_says_how_long_is_left(left: timedelta, text: str, tone: str) -> None:
    html = draw("{% clock due now %}", due=NOW + left, now=NOW)
    assert f">{text}<" in html
    assert f"app-clock--{tone}" in html
    (attrs,) = [attrs for tag, attrs in Tags(html).found if tag == "time"]
    assert datetime.fromisoformat(str(attrs["data-due"])) == NOW + left


def test_no_deadline_draws_nothing() -> None:
    assert draw("{% clock due %}", due=None).strip() == ""


def test_times_are_read_on_a_vietnamese_clock() -> None:
    late = datetime(2026, 3, 27, 18, 30, tzinfo=UTC)
    assert pages.vi_date(late) == "28/03/2026"
    assert pages.vi_date(date(2026, 3, 27)) == "27/03/2026"
    assert pages.vi_time(NOW) == "21:14"
    assert pages.vi_datetime(NOW) == "21:14 27/03/2026"
    assert (pages.vi_date(None), pages.vi_time(None), pages.vi_datetime(None), pages.vi_duration(None)) == (
        "",
    ) * 4


def test_a_length_of_time_is_said_in_its_two_largest_units() -> None:
    with override("en"):
        assert pages.vi_duration(timedelta(days=1, hours=1, minutes=30)) == "1 day 1 hour"
        assert pages.vi_duration(90 * 60) == "1 hour 30 minutes"


# --- words and shapes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["LOW", "MEDIUM", "HIGH", "EXTREME"])
def test_each_level_has_its_own_word_and_shape(code: str) -> None:
    html = draw("{% level_badge code %}", code=code)
    others = [draw("{% level_badge code %}", code=other) for other in ("LOW", "MEDIUM", "HIGH", "EXTREME")]
    assert words("{% level_badge code %}", code=code) == code
    assert len({re.search(r"<svg.*?</svg>", other, re.S).group() for other in others}) == 4  # type: ignore[union-attr]
    assert f"app-level--{code.lower()}" in html


@pytest.mark.parametrize("code", ["", None, "SOMETHING"])
def test_an_unknown_level_is_never_low(code: str | None) -> None:
    assert words("{% level_badge code %}", code=code) == "NOT ASSESSED"


def test_levels_are_in_the_words_of_the_practice() -> None:
    with override("vi"):
        html = engines["django"].from_string('{% level_badge "EXTREME" %}').render({})
    assert "RẤT CAO" in html


def test_a_code_is_shown_as_its_label_and_an_unlisted_code_as_itself() -> None:
    assert words('{% code_label "yes_no" "unknown" %}') == "Unknown"
    assert words('{% code_label "yes_no" "later" %}') == "later"
    assert words('{% code_label "yes_no" "" %}') == ""


def test_a_protected_value_is_not_on_the_page() -> None:
    html = draw('{% protected_field "Safe address" "/reveal/" %}')
    assert "••••" in html
    assert 'href="/reveal/"' in html


def test_no_permission_to_contact_is_said_first() -> None:
    assert words('{% safe_contact False "not confirmed" %}').startswith("Do not contact")
    allowed = words("{% safe_contact True text at %}", text="8:00-10:00", at=NOW)
    assert allowed == "Safe contact: 8:00-10:00 (confirmed 27/03/2026)"


def test_blocks_escape_what_they_are_given() -> None:
    nasty = "<script>alert(1)</script>"
    for source in (
        "{% card title=x %}{{ x }}{% endcard %}",
        "{% notice 'danger' x %}{{ x }}{% endnotice %}",
        "{% summary_list rows %}",
        "{% timeline items %}",
        "{% tabs tab %}",
        "{% empty_state x x '/' x %}",
        "{% protected_field x '/' %}",
        "{% figure x x %}",
        "{% breadcrumbs trail %}",
        "{% case_header header %}",
    ):
        html = draw(
            source,
            x=nasty,
            rows=[(nasty, nasty)],
            items=[{"title": nasty, "text": nasty, "by": nasty, "at": NOW}],
            tab=[{"title": nasty, "url": "/"}],
            trail=[(nasty, "")],
            header={"number": nasty, "who": nasty, "lead": nasty, "contact_text": nasty},
        )
        assert "<script" not in html, source
        assert "&lt;script&gt;" in html, source


def test_a_message_that_needs_hearing_is_announced() -> None:
    html = draw("{% message_notice message %}", message=Message(40, "<b>no</b>"))
    assert 'role="alert"' in html
    assert "&lt;b&gt;no&lt;/b&gt;" in html


def test_an_empty_value_is_said_to_be_missing() -> None:
    assert words("{% summary_list rows %}", rows=[("Address", "")]) == "Address Not recorded"


def test_tabs_are_links_and_the_current_one_is_marked() -> None:
    html = draw("{% tabs items %}", items=[{"title": "Risk", "url": "/r/", "current": True}])
    assert re.search(r'href="/r/" aria-current="page"', html)


def test_a_posting_button_carries_its_token() -> None:
    template = engines["django"].from_string("{% post_button '/do/' 'Do' 'danger' %}")
    html = template.render({}, RequestFactory().get("/"))
    token = Tags(html).one("csrfmiddlewaretoken")["value"]
    assert token
    assert len(token) > 30


# --- forms -----------------------------------------------------------------------------------------------


class Visit(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name", help_text="As on the card")
    day = forms.DateField(label="Day", required=False, widget=forms.DateInput)
    seen = forms.ChoiceField(
        label="Seen", choices=[("yes", "Yes"), ("no", "No")], widget=forms.RadioSelect, help_text="In person"
    )
    acts = forms.MultipleChoiceField(
        label="Acts", choices=[("a", "A")], widget=forms.CheckboxSelectMultiple, required=False
    )
    place = forms.ChoiceField(label="Place", choices=[("1", "One")], required=False)
    words = forms.CharField(label="Words", widget=forms.Textarea, required=False)
    paper = forms.FileField(label="Paper", required=False)
    agreed = forms.BooleanField(label="Agreed", required=False)
    when = forms.SplitDateTimeField(label="When", required=False)
    step = forms.CharField(widget=forms.HiddenInput, initial="2")


def test_every_field_has_a_label_and_its_hint_and_error_are_wired_to_it() -> None:
    form = Visit({"day": "31/2/2026", "step": "2"})
    tags = Tags(draw("{{ form }}", form=form))
    ids = {attrs["id"] for _tag, attrs in tags.found if "id" in attrs}
    labelled = {attrs.get("for") for tag, attrs in tags.found if tag == "label"}
    for tag, attrs in tags.found:
        if tag in ("input", "select", "textarea") and attrs.get("type") != "hidden":
            single = not str(attrs["id"]).startswith("id_when")
            assert attrs["id"] in labelled or not single, attrs
        for reference in str(attrs.get("aria-describedby") or "").split():
            assert reference in ids, attrs
    assert tags.one("name")["aria-describedby"] == "id_name_helptext id_name_error"
    assert tags.one("name")["aria-invalid"] == "true"
    (group,) = [a for t, a in tags.found if t == "fieldset" and "id_seen" in str(a.get("aria-describedby"))]
    assert group["aria-describedby"] == "id_seen_helptext id_seen_error"


def test_the_box_of_errors_links_to_the_first_answer_of_each_field() -> None:
    form = Visit({"step": "2"})
    form.add_error(None, "Not today")
    html = draw("{{ form }}", form=form)
    tags = Tags(html)
    targets = [a["href"] for t, a in tags.found if t == "a"]
    assert targets == ["#id_name", "#id_seen_0"]
    assert {str(target)[1:] for target in targets} <= {a.get("id") for _t, a in tags.found}
    assert html.index("Not today") < html.index("#id_name")


def test_no_box_without_errors() -> None:
    assert "error-summary" not in draw("{{ form }}", form=Visit())


def test_several_forms_share_one_box() -> None:
    visits = forms.formset_factory(Visit, extra=0, min_num=1, validate_min=True)
    formset = visits({"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-day": "x"})
    html = draw(
        "{% error_summary form formset %}{{ form.as_div }}{{ formset.as_div }}",
        form=Visit({}),
        formset=formset,
    )
    assert html.count("data-error-summary") == 1
    assert "#id_name" in html
    assert "#id_form-0-name" in html


def test_only_the_rarer_kind_is_marked() -> None:
    assert words("{{ form }}", form=Visit()).count("(required)") == 2

    class Short(forms.Form):
        first = forms.CharField()
        second = forms.CharField()
        third = forms.CharField(required=False)

    shown = words("{{ form }}", form=Short())
    assert "(required)" not in shown
    assert shown.count("(optional)") == 1


def test_sections_follow_the_paper_and_why_we_ask_stands_beside_the_question() -> None:
    form = Visit()
    form.fields["name"].why = "The law counts it."  # type: ignore[attr-defined]
    form.fields["words"].show_when = "seen=yes"  # type: ignore[attr-defined]
    parts = [
        {"title": "Who", "hint": "Roughly", "fields": [form["name"]]},
        {"title": "What", "fields": [form["words"]]},
    ]
    form.sections = parts  # type: ignore[attr-defined]
    html = draw("{{ form }}", form=form)
    assert html.index("Who") < html.index("Roughly") < html.index('name="name"') < html.index("What")
    assert "The law counts it." in html
    assert 'data-show-when="seen=yes"' in html
    assert 'name="day"' not in html
    assert 'name="step"' in html


def test_dates_show_how_to_write_them() -> None:
    tags = Tags(draw("{{ form.day.as_field_group }}", form=Visit()))
    assert tags.one("day")["aria-describedby"] == "id_day_helptext"
    assert "27/3/2026" in words("{{ form.day.as_field_group }}", form=Visit())


def test_what_was_typed_comes_back_escaped() -> None:
    html = draw("{{ form }}", form=Visit({"name": '"><script>', "words": "</textarea><script>"}))
    assert "<script" not in html


# --- the frame -------------------------------------------------------------------------------------------

FRAME = {
    "product_name": "Hồ sơ",
    "viewer_name": "Lò Thị Lan",
    "viewer_unit": "UBND xã Mường Ảng",
    "navigation": [{"title": "Today", "url": "/", "current": True}],
    "search_url": "/search/",
    "quick_exit_url": "https://example.org/weather",
    "idle_minutes": 5,
    "now": NOW,
    "demo": False,
}


def frame(**changes: object) -> str:
    template = get_template("base.html")
    with override("vi"):
        return str(template.render({**FRAME, **changes}, RequestFactory().get("/")))


def test_the_title_is_neutral() -> None:
    assert "<title>Hồ sơ</title>" in frame()


def test_leaving_works_without_scripts() -> None:
    (link,) = [a for _t, a in Tags(frame()).found if "data-quick-exit" in a]
    assert link["href"] == "https://example.org/weather"
    assert "noreferrer" in str(link["rel"])
    assert link["aria-describedby"] == "quick-exit-note"
    assert 'id="quick-exit-note"' in frame()


def test_search_is_posted_so_that_no_name_enters_an_address() -> None:
    tags = Tags(frame())
    (search,) = [a for t, a in tags.found if t == "form" and a.get("role") == "search"]
    assert (search["method"], search["action"]) == ("post", "/search/")
    assert 'role="search"' not in frame(search_url="")


def test_a_printed_page_says_who_and_when() -> None:
    assert "Lò Thị Lan · 21:14 27/03/2026" in frame()


def test_a_stranger_gets_no_menu_no_lock_and_no_sign_out() -> None:
    html = frame(viewer_name="", viewer_unit="", navigation=[], search_url="")
    for trace in ("idle-lock", "data-sign-out", "app-nav", "js/lock.js"):
        assert trace not in html


# --- nothing inline, nothing foreign ---------------------------------------------------------------------


def test_templates_carry_nothing_inline() -> None:
    inline = re.compile(
        r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)|https?://(?!www\.w3\.org)", re.I
    )
    for path in TEMPLATES.rglob("*.html"):
        assert not inline.search(path.read_text()), path


def test_styles_are_small_and_not_those_of_another_government() -> None:
    css = (STATIC / "css" / "pages.css").read_text()
    assert len(css.encode()) < 120_000
    for foreign in ("GDS Transport", "crown", "url(http", "url(/"):
        assert foreign not in css


def test_every_file_that_styles_and_pages_name_is_there(tmp_path: Path) -> None:
    named = re.findall(r"static '([^']+)'", "".join(path.read_text() for path in TEMPLATES.rglob("*.html")))
    assert named
    for name in named:
        assert finders.find(name), name
    css = (STATIC / "css" / "pages.css").read_text()
    storage = ManifestStaticFilesStorage(location=tmp_path, base_url="/static/")
    assert storage.manifest_strict
    for address in re.findall(r"url\(\"?([^)\"]+)\"?\)", css):
        assert address.startswith("data:") or (STATIC / "css" / address).resolve().is_file(), address


def test_every_template_can_be_read() -> None:
    for path in TEMPLATES.rglob("*.html"):
        engines["django"].get_template(str(path.relative_to(TEMPLATES)))
