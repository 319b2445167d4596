"""One handler per operation, from plain values to a response; forced responses and simulated failures.

`mock_server.upstream` and what stands above it may import it.
"""
