"""The OpenAPI document as a page that needs nothing from elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from claimshapes.report.html_markup import Markup, element, together
from claimshapes.serve.media_types import REPORT_TYPES, claim_content_types

_PAGE = Path(__file__).with_name("api_page.html")


def api_page(document: Mapping[str, Any]) -> tuple[str, str]:
    """Makes the page.

    Args:
        document: the OpenAPI document.

    Returns:
        The page, and the content security policy that it is to be sent with.
    """
    nonce = secrets.token_urlsafe(16)
    parts = {
        "NONCE": nonce,
        "VERSION": together(f"Version {document['info']['version']}"),
        "TYPES": together(*(element("option", name) for name in claim_content_types())),
        "REPORTS": together(*(element("option", name) for name in REPORT_TYPES)),
        "PATHS": together(
            *(
                _operation(path, method, operation)
                for path, operations in document["paths"].items()
                for method, operation in operations.items()
            )
        ),
    }
    page = _PAGE.read_text("utf-8")
    for name, text in parts.items():
        page = page.replace(name, text)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page, policy


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Markup:
    rows = [
        (parameter["name"], parameter.get("description", f"in the {parameter['in']}"))
        for parameter in operation.get("parameters", ())
    ]
    kinds = operation.get("requestBody", {}).get("content", {})
    if kinds:
        rows.append(("body", ", ".join(kinds)))
    rows += [
        (status, answer.get("description", "")) for status, answer in operation["responses"].items()
    ]
    return element(
        "details",
        element("summary", element("b", method.upper()), element("code", path)),
        element("p", operation.get("description", "")),
        element("table", *(_row(name, text) for name, text in rows)),
    )


def _row(name: str, text: str) -> Markup:
    return element("tr", element("td", element("code", name)), element("td", text))
