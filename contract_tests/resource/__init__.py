"""The resource under test as properties see it: its description, its client and its assertions.

`contract_tests.properties` and what stands above it may import it.
"""
