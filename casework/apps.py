"""The one Django application: its rooms are the sub-packages."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CaseworkConfig(AppConfig):
    name = "casework"
    label = "casework"
    verbose_name = "Casework"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from casework import start  # noqa: PLC0415  (models must be loaded before checks and loaders)

        post_migrate.connect(start.load_data, sender=self)
