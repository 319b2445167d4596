"""Properties of refusals: which requests are refused, with which status, body and side effects.

Only `contract_tests.properties` imports it.
"""
