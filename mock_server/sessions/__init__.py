"""Sessions, each an isolated world: records, rules, journal, clock and seed data.

`mock_server.operations` and what stands above it may import it.
"""
