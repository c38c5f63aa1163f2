"""The attacker: what somebody who subtracts, compares and solves can learn from everything ever published.

It shares nothing with those who protect the figures but the reading of tables, so that a mistake there is found here.

`audit(tables)` attacks what is published; a finding is something anybody can prove.
`audit(tables, exact=..., also_sensitive=...)` knows the true figures too and demands more: every figure that must stay
secret must be able to be at most 1 and at least the smallest shown count, and nobody alone in a hidden figure may work
out another.

The `Report` names each `Finding` and is the same, byte for byte, for the same tables. No finding means: over the joint
atoms of all releases, no linear combination of what is shown gives anybody away.
"""

from casework.auditor.attack import audit
from casework.auditor.verdicts import Demands, Finding, Kind, Report

__all__ = ["Demands", "Finding", "Kind", "Report", "audit"]
