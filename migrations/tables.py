"""Imports every models module of every room, so that the metadata is whole."""

import importlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("market", "licensing", "sandbox", "billing", "valuation", "supervision")
KERNEL = ("kernel.events", "kernel.relay", "kernel.jobs", "kernel.web.submissions")


def load_every_table() -> None:
    for name in KERNEL:
        importlib.import_module(name)
    for room in ROOMS:
        for path in sorted((ROOT / room).glob("*/models.py")):
            importlib.import_module(f"{room}.{path.parent.name}.models")
