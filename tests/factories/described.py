"""Is an answer of the JSON API what the API says of itself?"""

import schemathesis
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def as_described(client: FlaskClient, answer: TestResponse) -> TestResponse:
    """The answer, held to the description: its status is named, its body has the shape."""
    description = client.get("/api/openapi.json").get_json()
    operations = schemathesis.openapi.from_dict(description)
    asked = answer.request
    operation = operations.find_operation_by_path(asked.method, asked.path)
    assert operation is not None, (asked.method, asked.path)
    assert str(answer.status_code) in operation.definition.raw["responses"]
    operation.validate_response(answer)
    return answer
