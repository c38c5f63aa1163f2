"""Measurements, run one by one: `python -m bench.<name>`. Importing the package sets Django up for it."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("TESTING", "1")
django.setup()
