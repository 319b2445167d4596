"""Properties of lists: order, counts, paging, filters and search.

Only `contract_tests.properties` imports it.
"""
