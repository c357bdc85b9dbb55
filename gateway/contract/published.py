"""The configuration for running Schemathesis directly: ours without what needs this package or its hooks."""

import re
from importlib import resources

# The statuses that only our hooks avoid: random `If-Match`, `If-None-Match` and `Idempotency-Key` end valid requests
# early, and random ids, emails and names break rules that no schema can state.
_BY_HEADERS = "304, 409, 412, 422"
_HEAD = f"""\
# For `schemathesis run` of openapi/api.yaml and openapi/api-v1.yaml by itself; `gateway contract` proves more.
# GATEWAY_TOKEN is a key of a company, GATEWAY_PASSWORD the password of its team user:
#
#   GATEWAY_TOKEN=KEY GATEWAY_PASSWORD=PW schemathesis --config-file schemathesis.toml \\
#     run openapi/api.yaml --url http://127.0.0.1:8000
#
# What is expected here beyond Schemathesis' own, and why, is in docs/consumers.md.
continue-on-failure = true
request-timeout = 30
suppress-health-check = ["all"]

[parameters]
# Schemathesis sends 0 if it finds no text for the pattern, and 0 is not a version.
"header.If-Match" = "*"

[warnings]
fail-on = ["missing_auth"]

[checks.positive_data_acceptance]
# 304, 409, 412 and 422: optional headers with random values, and values that only the register can judge.
expected-statuses = ["2xx", 401, 403, 404, {_BY_HEADERS}]

[checks.missing_required_header]
# 403: the status with which /api/v1 refuses a missing key.
expected-statuses = [401, 403, 406]

[phases.fuzzing.generation]
# Invalid data come from the coverage phase. Random ones have bodies that no schema can forbid: `[]`, which is how PHP
# writes an empty object, and forms that name a list both as `tags` and as `tags[]`.
mode = "positive"

[phases.stateful.generation]
# The body of a link is merged into a generated one, and makes an invalid one valid.
mode = "positive"
"""
_LEFT_OUT = """
[[project.operations]]
include-operation-id = "{}"
# A blank record has no id, and inserted into another path, the empty id makes a different path.
enabled = false
"""
_ENDING = """
[[project.operations]]
include-operation-id = "{}"
# It removes a client, and Schemathesis expects that of DELETE only.
phases.stateful.enabled = false
"""
_BLANKS = ("getBlankClient", "getBlankClientGatewayToken", "getBlankGroupSetting", "getBlankWebhook")
_ENDS = ("purgeClient", "mergeClients")
_PROJECTS = {
    "Client register, legacy dialect": 'headers = { Authorization = "Bearer ${GATEWAY_TOKEN}" }',
    "Client register, v1 dialect": (
        'headers = { X-API-TOKEN = "${GATEWAY_TOKEN}", X-API-PASSWORD = "${GATEWAY_PASSWORD}" }'
    ),
}


def published() -> str:
    """Return the text of a `schemathesis.toml`."""
    ours = resources.files("gateway.contract").joinpath("schemathesis.toml").read_text()
    checks = ours[ours.index("[checks.negative_data_rejection]") :]
    for title, headers in _PROJECTS.items():
        checks = checks.replace(f'title = "{title}"\n', f'title = "{title}"\n{headers}\n')
    of_v1 = [*map(_LEFT_OUT.format, _BLANKS), *map(_ENDING.format, _ENDS)]  # the last project is that of /api/v1
    return f"{_HEAD}\n{_with_headers(checks)}{''.join(of_v1)}"


def _with_headers(text: str) -> str:
    """Return the exceptions of single operations, which replace the general ones, with these statuses added."""

    def extended(found: re.Match[str]) -> str:
        statuses = dict.fromkeys(each.strip() for each in f"{found[2]}, {_BY_HEADERS}".split(","))
        return f"{found[1]}[{', '.join(statuses)}]"

    return re.sub(r"(positive_data_acceptance\.expected-statuses = )\[([^]]*)\]", extended, text)
