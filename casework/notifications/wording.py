"""The words that leave the house: that there is something to look at, and nothing else. Pure."""

from django.utils.translation import gettext, ngettext


def subject(count: int, *, is_urgent: bool) -> str:
    """One line that says nothing to whoever else reads it: no name, no number of a case, no kind of work."""
    if is_urgent:
        return gettext("You have something to look at now")
    return ngettext("You have %(count)d item to look at", "You have %(count)d items to look at", count) % {
        "count": count
    }


def body(count: int, *, is_urgent: bool) -> str:
    """The letter: the same line, and where to look."""
    return f"{subject(count, is_urgent=is_urgent)}.\n\n{gettext('Sign in to see it.')}\n"


def text_message(count: int, *, is_urgent: bool) -> str:
    """At most one part of a text message."""
    return f"{subject(count, is_urgent=is_urgent)}. {gettext('Sign in to see it.')}"
