"""Properties of error responses: which error, when, and what its body says.

Only `contract_tests.properties` imports it.
"""
