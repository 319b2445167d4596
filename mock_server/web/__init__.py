"""Answers requests: the router of the operations, the Flask application, CORS, `/docs`.

Only `mock_server.server` and the folders above it may import it.
"""
