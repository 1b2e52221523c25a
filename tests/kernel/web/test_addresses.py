"""A redirect leads nowhere but to this site, whatever the request asks for."""

import pytest

from kernel.web.addresses import local_address


@pytest.mark.parametrize(
    "target", ["/", "/desk", "/products?page=2&q=天气", "/a/b#c", "/sign-in?next=//evil.example"]
)
def test_addresses_of_this_site_are_kept(target):
    assert local_address(target) == target


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\n//evil.example",
        "desk",
        "",
        " /desk",
        "///evil.example",
        "//[",
    ],
)
def test_addresses_of_other_sites_are_replaced(target):
    assert local_address(target, "/desk") == "/desk"
