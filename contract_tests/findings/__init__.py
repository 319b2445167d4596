"""What a run finds: findings, their shrinking, curl reproductions, wording and the baseline.

`contract_tests.calibration` and what stands above it may import it.
"""
