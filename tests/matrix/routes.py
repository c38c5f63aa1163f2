"""Every address of the product, taken from the URL resolver, so that a new one cannot be left out."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

API = "api/v1/"


@dataclass(frozen=True)
class Route:
    """One address: its pattern as it stands in the URL configuration, its full name, and the view behind it."""

    pattern: str
    name: str
    params: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def is_rest(self) -> bool:
        return self.pattern.startswith(API)

    @property
    def view_class(self) -> Any:
        """The class behind the view, None for a function."""
        return getattr(self.view, "cls", None) or getattr(self.view, "view_class", None)

    @property
    def verb(self) -> str:
        """The verb the view declares; empty when it declares none."""
        return str(getattr(self.view_class or self.view, "verb", ""))

    def path(self, ids: Mapping[str, object]) -> str:
        """The address with these ids in it; KeyError for a parameter nobody gave one."""
        path = self.pattern
        for name in self.params:
            path = path.replace(f"<uuid:{name}>", str(ids[name]))
        return f"/{path}"


def routes() -> list[Route]:
    """All of them, sorted by pattern; a second name of the same address and view is left out."""
    found = {
        route.pattern: route for route in reversed(list(_walk(get_resolver("config.urls").url_patterns)))
    }
    return [found[pattern] for pattern in sorted(found)]


def _walk(
    patterns: Collection[URLPattern | URLResolver], before: str = "", namespace: str = ""
) -> Iterator[Route]:
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, here, f"{pattern.namespace or namespace}")
        else:
            name = f"{namespace}:{pattern.name}" if namespace else str(pattern.name)
            yield Route(here, name, tuple(pattern.pattern.converters), pattern.callback)
