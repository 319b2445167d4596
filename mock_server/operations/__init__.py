"""One handler per operation: plain values in, a response out; forced responses and simulated failures.

`mock_server.upstream` and what stands above it may import it.
"""
