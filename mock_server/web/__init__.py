"""Which view answers a request: the router of operations, the Flask application, CORS, `/docs`.

Only `mock_server.server` and what stands above it may import it.
"""
