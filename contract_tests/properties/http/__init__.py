"""Properties of HTTP itself: declared responses, methods, media types, authorization, concurrent requests.

Only `contract_tests.properties` imports it.
"""
