"""Pages of notices: what one was told, opened; and how one wants to be told."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casework.base import clock
from casework.http.pages import done, page, show, submit, viewer
from casework.notifications import forms, queries
from casework.notifications.actions import read_all_notices, read_notice, set_reach


@page("notice.view", methods=("GET",))
def notice_list(request: HttpRequest) -> HttpResponse:
    """What one was told, the newest first. It names no case, so that it was looked at is not kept."""
    after = request.GET.get("after", "")
    found = queries.inbox_of(viewer(request), after=after)
    here = reverse("notice-list")
    return show(
        request,
        "notifications/list.html",
        lines=found.lines,
        has_unread=any(not line.is_read for line in found.lines),
        next_url=f"{here}?after={found.next}" if found.next else "",
        first_url=here if after else "",
    )


@page("notice.view", methods=("POST",))
def notice_open(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Mark it as seen and go to what it is about; the page there asks for its own right."""
    user = viewer(request)
    notice = queries.open_notice(user, notice_id)
    read_notice(notice=notice, by=user, at=clock.now())
    return HttpResponseRedirect(queries.address_of(notice) or reverse("notice-list"))


@page("notice.view", methods=("POST",))
def notice_read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything up to now as seen."""
    read_all_notices(by=viewer(request), at=clock.now())
    return done(request, _("Everything is marked as seen."), "notice-list")


@page("notice.set_reach", drafts=False)
def reach(request: HttpRequest) -> HttpResponse:
    """How one is told outside the product, and when one is left alone."""
    user = viewer(request)
    sent = request.POST if request.method == "POST" else None
    form = forms.ReachForm(sent, record=queries.reach_of(user))
    if request.method == "POST" and submit(form, set_reach, by=user, at=clock.now()) is not None:
        return done(request, _("From now on you are told like this."), "notice-list")
    title = _("How I am told")
    return show(
        request,
        "notifications/reach.html",
        form=form,
        title=title,
        trail=[(_("Notices"), reverse("notice-list")), (title, "")],
    )
