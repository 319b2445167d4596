"""Properties of records: create, read, update, delete, uniqueness.

Only `contract_tests.properties` imports it.
"""
