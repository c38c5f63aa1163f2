"""A program for test_leaks: a canary in every sealed field, and a life in which canaries pass through all doors.

    python -m tests.soak.planting FOLDER

runs on the database of its settings. It says a word on its standard output when a part is done and waits for a line.
"""

import http.client
import logging
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import django
from django.apps import apps
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse

# Words to the test go by a way of their own: the solver of figures greets whoever starts it on standard output.
TALK = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

django.setup()

from casework.access import seals  # noqa: E402
from casework.audit.acting import acting_as  # noqa: E402
from casework.audit.log import record  # noqa: E402
from casework.audit.models import AuditEvent  # noqa: E402
from casework.audit.noted import noting  # noqa: E402
from casework.base import clock  # noqa: E402
from casework.cases.actions import transfer_case  # noqa: E402
from casework.encryption import fields  # noqa: E402
from casework.encryption.offline import make_pair  # noqa: E402
from casework.http.forms import SheetForm  # noqa: E402
from casework.http.serializers import AnswerField  # noqa: E402
from casework.management.backups.making import make  # noqa: E402
from casework.organisations.models import User  # noqa: E402
from casework.risk.actions import record_event  # noqa: E402
from tests.attachments.making import MP3  # noqa: E402
from tests.matrix.asking import SEND, Asker, _version, methods_of  # noqa: E402
from tests.matrix.bodies import body_for  # noqa: E402
from tests.matrix.failing import WAYS, failing  # noqa: E402
from tests.matrix.file import File, build_file  # noqa: E402
from tests.matrix.routes import Route, routes  # noqa: E402
from tests.matrix.test_failing import PEOPLE, who_reaches  # noqa: E402
from tests.matrix.test_matrix import GOLDEN, read  # noqa: E402
from tests.soak.canaries import DAY, NUMBER, PHONE, TEXT  # noqa: E402
from tests.world import PASSWORD, build_world, with_password  # noqa: E402

# What anybody may read in the database: where a plain field is asked, this is said.
OPEN = "Nói ra được"
TEXTS = ("text", "long_text")
CONTENT = MP3 + TEXT.encode() * 30_000


# --- what is sealed ---------------------------------------------------------------------------------------


def sealed_models() -> Iterator[tuple[Any, list[fields.SealedField[Any, Any]]]]:
    """Every model that seals something, with its sealed fields; history seals what its original does."""
    for model in apps.get_models():
        found = [one for one in model._meta.concrete_fields if isinstance(one, fields.SealedField)]
        if found and not hasattr(model, "instance_type"):
            yield model, found


def canary_for(one: fields.SealedField[Any, Any]) -> Any:
    """A canary of the type of the field; a yes or no holds none."""
    by_type: dict[type, Any] = {
        fields.SealedText: f"{TEXT} {one.field_id}",
        fields.SealedPhone: PHONE,
        fields.SealedDate: date.fromisoformat(DAY),
        fields.SealedInteger: NUMBER,
        fields.SealedJSON: {"said": [TEXT, PHONE]},
        fields.SealedBoolean: True,
    }
    return by_type[type(one)]


def plant(world: Any) -> None:
    """Save a row of every model with a canary in each of its sealed fields."""
    lacking = []
    for model, sealed in sealed_models():
        row = model._base_manager.order_by("pk").first()
        if row is None:
            lacking.append(model.__name__)
            continue
        for one in sealed:
            setattr(row, one.name, canary_for(one))
        with transaction.atomic(), noting(), acting_as(actor_id=world.lan.pk, at=clock.now()):
            row.save()
            taken = seals.take()
            event = record(
                action="note.write",
                outcome=AuditEvent.DONE,
                actor_id=world.lan.pk,
                row_seal=seals.digest_of(taken),
            )
            seals.keep(event, taken)
    if lacking:
        sys.exit(
            f"no row to plant a canary in: {', '.join(lacking)}; tests/matrix/file.py has one of every kind"
        )


def is_plain(name: str, *owners: Any) -> bool:
    """Whether an answer of that name goes into a column that anybody may read."""
    for owner in owners:
        for one in owner._meta.get_fields() if owner is not None else ():
            if one.name == name:
                return not isinstance(one, fields.SealedField)
    return False


# --- through the pages and REST ---------------------------------------------------------------------------


class Life:
    """Everybody at their machine; what they send holds canaries wherever it will be sealed."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.clients: dict[str, Client] = {}
        self.reviewed = dict(
            read([line for line in GOLDEN.read_text().splitlines() if not line.startswith("#")])
        )

    def client(self, name: str) -> Client:
        if name not in self.clients:
            self.clients[name] = Client(raise_request_exception=False)
            if name != "anonymous":
                self.clients[name].force_login(self.file.world.users[name])
        return self.clients[name]

    def see_everything(self) -> None:
        """Every page and every GET of REST, and forms sent with nothing but canaries, as drafts too."""
        for route in routes():
            path = route.path(self.file.ids_for(route.name))
            client = self.client(who_reaches(route, "GET", self.reviewed))
            client.get(path, {"state": TEXT, "q": TEXT} if route.is_rest else None)
            answer = client.get(path)
            for form in forms_of(answer):
                wrong = {form.add_prefix(name): TEXT for name in form.fields}
                client.post(reverse("draft"), {**wrong, "draft_for": path})
                client.post(path, {**wrong, "form_key": uuid4().hex})

    def do_everything(self) -> None:
        """Every form and every verb of REST, with answers of the right shape."""
        for route in routes():
            path = route.path(self.file.ids_for(route.name))
            if route.is_rest and SEND in methods_of(route, "dung"):
                self._call(route, path)
            elif not route.is_rest and route.name != "account_logout":
                client = self.client(who_reaches(route, "GET", self.reviewed))
                for form in forms_of(client.get(path)):
                    client.post(path, {**filled(form), "form_key": uuid4().hex})

    def _call(self, route: Route, path: str) -> None:
        view = route.view_class()
        client = self.client(who_reaches(route, SEND, self.reviewed))
        version = _version(view, route, self.file.ids_for(route.name))
        headers = {"Idempotency-Key": str(uuid4()), "If-Match": f'"{version}"'}
        if view.takes_files:
            sent = {"file": SimpleUploadedFile(f"{TEXT}.mp3", CONTENT), "description": TEXT}
            client.post(path, sent, headers=headers)
            return
        client.post(path, spoken(view, self.file), content_type="application/json", headers=headers)

    def search(self) -> None:
        """Searched for by name and number, found and not found, on the page and over REST."""
        for term in (TEXT, PHONE, TEXT.casefold(), "0" + PHONE.removeprefix("+84")):
            self.client("lan").post(reverse("search"), {"q": term})
            self.client("lan").post(reverse("api:search"), {"q": term}, content_type="application/json")

    def break_everything(self) -> None:
        """Every page that somebody reaches breaks once, with a canary in its form."""
        for name in PEOPLE:
            client = self.client(name)
            cookies = client.cookies.output(header="", sep=";").strip()
            asker = Asker(self.file, cookies)
            handler = failing(asker, TEXT)
            for route in routes():
                if not route.is_rest and who_reaches(route, "GET", self.reviewed) == name:
                    for way in (WAYS["in the view"], WAYS["in a later query"]):
                        handler.way = way
                        with transaction.atomic():
                            handler.answer(
                                asker._request("POST", route, self.file.ids_for(route.name)).environ
                            )
                            transaction.set_rollback(True)

    def attach(self) -> None:
        where = reverse("attach-file", args=[self.file.case.pk])
        sent = {"file": SimpleUploadedFile(f"{TEXT}.mp3", CONTENT), "description": TEXT}
        answer = self.client("lan").post(where, sent)
        assert answer.status_code == 302, answer.content[:2000]
        page = self.client("lan").get(answer["Location"]).content.decode()
        saved: Any = self.client("lan").get(re.findall(r'href="(/files/[^"]+/download/)"', page)[0])
        assert TEXT.encode() in b"".join(saved.streaming_content)


def do_what_no_form_did(file: File) -> None:
    """Another case noted, handed over and typed into: of every kind there is a row by then."""
    world, now = file.world, clock.now()
    case = world.case(at=now - timedelta(minutes=5), account=TEXT, village=TEXT, reporter_name=TEXT)
    answers = {"kind": "complaint_withdrawn", "at": now - timedelta(minutes=1), "account": TEXT}
    record_event(case=case, by=world.lan, at=now, answers=answers)
    page = reverse("write-note", args=[case.pk])
    client = Client()
    client.force_login(world.lan)
    client.post(reverse("draft"), {"text": TEXT, "draft_for": page})
    transfer_case(
        case=case,
        by=world.lan,
        at=now,
        to_unit=world.agencies["elsewhere"],
        lead=world.tuan,
        kind="moved",
        reason=TEXT,
    )


def forms_of(answer: Any) -> list[SheetForm]:
    found: dict[int, SheetForm] = {}
    for part in answer.context or ():
        for values in getattr(part, "dicts", ()):
            for value in values.values():
                if isinstance(value, SheetForm):
                    found[id(value)] = value
    return list(found.values())


def filled(form: SheetForm) -> dict[str, Any]:
    """An answer to every question of a form."""
    answers: dict[str, Any] = {}
    for name, one in form.fields.items():
        item = form.sheet._by_name.get(name)
        kind = item.kind if item is not None else ""
        choices = [key for key, _label in getattr(one, "choices", ()) if key]
        if choices:
            answers[form.add_prefix(name)] = choices[-1]
        elif kind in TEXTS:
            answers[form.add_prefix(name)] = OPEN if is_plain(name, form.model) else TEXT
        elif kind == "phone":
            answers[form.add_prefix(name)] = "0215 3825 000" if is_plain(name, form.model) else PHONE
        elif kind in ("date", "datetime"):
            answers[form.add_prefix(name)] = clock.local(clock.now() - timedelta(minutes=5)).strftime(
                "%d/%m/%Y" if kind == "date" else "%H:%M %d/%m/%Y"
            )
        elif kind == "partial_date":
            answers[form.add_prefix(name)] = "1990"
        elif kind == "flag":
            answers[form.add_prefix(name)] = "on"
        else:
            answers[form.add_prefix(name)] = form.get_initial_for_field(one, name) or "1"
    return answers


def spoken(view: Any, file: File) -> dict[str, Any]:
    """A body with a canary for every text that will be sealed."""
    body = body_for(view, file)
    owners = (view.sheet_model, getattr(view, "creates", None), view.model)
    asked = view.input_class()
    for name, one in asked().fields.items() if asked is not None else ():
        item = one.item if isinstance(one, AnswerField) and not is_plain(name, *owners) else None
        if item is not None and item.kind in (*TEXTS, "phone") and not item.is_many:
            body[name] = PHONE if item.kind == "phone" else TEXT
    return body


# --- through a real server --------------------------------------------------------------------------------


def serve(folder: Path, file: File) -> None:
    """The deployed server: signing in, searching, a large file, a file broken off, and nonsense."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    gunicorn = Path(sys.executable).with_name("gunicorn")
    words = ["config.wsgi:application", "--workers", "1", "--threads", "2", "--bind", f"127.0.0.1:{port}"]
    with (folder / "logs" / "gunicorn.log").open("wb") as log:
        server = subprocess.Popen([str(gunicorn), *words], stdout=log, stderr=log)
    try:
        wait_for(lambda: asked(port, "GET", "/health/live")[0] == 200)
        visit(port, file)
    finally:
        server.terminate()
        server.wait(timeout=30)


def visit(port: int, file: File) -> None:
    jar: dict[str, str] = {}

    def ask(
        method: str, path: str, sent: dict[str, str] | bytes | None = None, kind: str = ""
    ) -> tuple[int, str]:
        body = urlencode(sent).encode() if isinstance(sent, dict) else sent
        headers = {"Cookie": "; ".join(f"{key}={value}" for key, value in jar.items())}
        if body is not None:
            headers |= {
                "Content-Type": kind or "application/x-www-form-urlencoded",
                "Origin": f"http://127.0.0.1:{port}",
            }
        status, found, cookies = asked(port, method, path, body, headers)
        jar.update(cookies)
        return status, found

    def token(page: str) -> str:
        return str(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0])

    page = ask("GET", "/account/sign-in/")[1]
    ask(
        "POST", "/account/sign-in/", {"login": "nobody", "password": TEXT, "csrfmiddlewaretoken": token(page)}
    )
    page = ask("GET", "/account/sign-in/")[1]
    sent = {"login": "lan", "password": PASSWORD, "csrfmiddlewaretoken": token(page)}
    assert ask("POST", "/account/sign-in/", sent)[0] == 302
    page = ask("GET", f"/cases/{file.case.pk}/files/")[1]
    assert ask("POST", "/search/", {"q": TEXT, "csrfmiddlewaretoken": token(page)})[0] == 200
    where = f"/cases/{file.case.pk}/attach-file/"
    limit = uuid4().hex
    body = "".join(
        f'--{limit}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {"csrfmiddlewaretoken": token(page), "description": TEXT}.items()
    ).encode()
    body += (
        f'--{limit}\r\nContent-Disposition: form-data; name="file"; filename="{TEXT}.mp3"\r\n\r\n'.encode()
        + CONTENT
    )
    whole = body + f"\r\n--{limit}--\r\n".encode()
    assert ask("POST", where, whole, f"multipart/form-data; boundary={limit}")[0] == 302
    # Broken off in the middle.
    cookie = "; ".join(f"{key}={value}" for key, value in jar.items())
    head = (
        f"POST {where} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Content-Type: multipart/form-data; boundary={limit}\r\nContent-Length: {len(whole)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(head.encode() + body[: len(body) // 2])
        time.sleep(0.3)
    # Nonsense: in the address, in a header, in the host, in the method.
    named = urlencode({"q": TEXT})
    for odd in (
        f"GET /cases/?{named} HTTP/1.1",
        f"GET /{named}/ HTTP/1.1",
        f"{TEXT} / HTTP/1.1",
        "GET / HTTP/1.1",
    ):
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(f"{odd}\r\nHost: {TEXT}\r\nX-Odd: {TEXT}\r\nCookie: session={TEXT}\r\n\r\n".encode())
            line.settimeout(5)
            line.recv(4096)


def asked(
    port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, str, dict[str, str]]:
    call = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        call.request(method, path, body, headers or {})
        answer = call.getresponse()
        cookies = dict(one.split(";")[0].split("=", 1) for one in answer.headers.get_all("Set-Cookie") or ())
        return answer.status, answer.read().decode(errors="replace"), cookies
    finally:
        call.close()


def wait_for(done: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if done():
                return
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit("the server did not answer")


# --- the rest of a day, and its end -----------------------------------------------------------------------


def keep_house(folder: Path) -> None:
    """What the jobs of a day write: backup, export, checkpoint, sweeps; and all tables as text."""
    out = StringIO()
    make(folder / "backups", make_pair()[1], clock.now())
    call_command("export_audit", str(folder / "exports" / "log.jsonl"), stdout=out)
    for job in ("checkpoint", "forget", "clearsessions"):
        call_command(job, stdout=out)
    (folder / "logs" / "jobs").write_text(out.getvalue())
    # A database packs what is long: here it is unpacked.
    with connection.cursor() as cursor, (folder / "dump").open("wb") as dump:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                for value in row:
                    dump.write(bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode())
                    dump.write(b"\n")


def leak(folder: Path) -> None:
    """Do what must never be done, once in each place, so that the looking proves that it would find it."""
    User.objects.filter(username="lan").update(full_name=TEXT)
    cache.set("who", TEXT)
    with tempfile.TemporaryFile() as file:
        file.write(TEXT.encode("utf-16-le"))
    storages["attachments"].save("leaked", ContentFile(TEXT.encode().hex()))
    logging.getLogger("casework.errors").error(f"nothing was found for {TEXT}")
    (folder / "backups" / "leaked").write_bytes(f"\\{TEXT}".encode())
    (folder / "exports" / "leaked").write_text(urlencode({"q": TEXT}))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")


def say(word: str) -> None:
    TALK.write(f"{word}\n")
    TALK.flush()
    sys.stdin.readline()


def main() -> None:
    folder = Path(sys.argv[1])
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    world = build_world()
    file = build_file(world)
    for user in world.users.values():
        with_password(user)
    # What a page was drawn with is told to the test client.
    setup_test_environment()
    life = Life(file)
    life.attach()
    life.see_everything()
    life.search()
    serve(folder, file)
    life.break_everything()
    life.do_everything()
    do_what_no_form_did(file)
    plant(world)
    life.search()
    say("planted")
    keep_house(folder)
    connection.close()
    say("quiet")
    leak(folder)
    say("leaked")


if __name__ == "__main__":
    main()
