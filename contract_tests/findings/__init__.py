"""Findings: their shrinking, curl reproductions, wording and the baseline.

`contract_tests.calibration` and the folders above it may import it.
"""
