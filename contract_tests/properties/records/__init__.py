"""Properties of records: create, read, update, delete, unique fields.

Only `contract_tests.properties` imports it.
"""
