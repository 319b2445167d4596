"""Who answers a request: the router of the operations, the Flask application, CORS, `/docs`.

Only `mock_server.server` and what stands above it may import it.
"""
