"""What several properties share: sample bodies, broken bodies, reads that other clients do not disturb.

Only the other folders of `contract_tests.properties` import it.
"""
