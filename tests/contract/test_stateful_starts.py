"""Schemathesis begins stateful runs with every operation that creates something (`gateway.contract.hooks`)."""

import copy

import pytest

from tests.openapi import openapi_file


@pytest.mark.parametrize("name", ["api.yaml", "api-v1.yaml"])
def test_no_post_waits_for_the_id_of_something_that_no_operation_makes(name):
    import schemathesis

    from gateway.contract.hooks import before_load_schema

    document = copy.deepcopy(openapi_file(name))
    before_load_schema(schemathesis.HookContext(), document)
    operations = schemathesis.openapi.from_dict(document).analysis.dependency_graph.operations
    made = {output.resource.name for each in operations.values() for output in each.outputs}
    waiting = {
        label: slot.parameter_name
        for label, each in operations.items()
        for slot in each.inputs
        if label.startswith("POST") and slot.resource_field is not None and slot.resource.name not in made
    }
    assert len(operations) > 20
    assert waiting == {}
