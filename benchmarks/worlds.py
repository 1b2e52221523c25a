"""A fresh installation in a temporary folder, with the demo city or empty."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from demo import story
from kernel import startup
from kernel.db import transaction
from kernel.settings import Settings
from market.catalogue.models import Product
from wsgi import create_app


@dataclass(frozen=True)
class World:
    """One installation. environment: for processes that shall serve the same data folder."""

    app: Flask
    owner_url: str
    environment: dict[str, str]

    def any_product_address(self) -> str:
        """The page of some product on sale."""
        with transaction() as session:
            product = session.scalars(select(Product).where(Product.state == "on_sale")).first()
        if product is None:
            raise LookupError("no product is on sale")
        with self.app.test_request_context():
            return self.app.url_for("storefront.product", product_id=product.id)


@contextmanager
def fresh_world(*, plays_story: bool) -> Iterator[World]:
    """An installation of its own with the embedded database, removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_folder=Path(folder))
        if plays_story:
            story.run(settings, lambda _: None, worker_child=False)
        process = startup.open_process(settings)
        try:
            startup.migrate_if_needed(process)
            app = create_app(settings, opens_process=False)
            yield World(app, process.owner_url, os.environ | {"DATA_FOLDER": folder})
        finally:
            process.close()
