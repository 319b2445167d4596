"""Requests and responses as values: messages, media types, query strings, validation, errors.

Every folder above it except `mock_server.records` and `mock_server.store` may import it.
"""
