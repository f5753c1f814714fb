"""Footers and one aggregate over the staged files become verdicts; only here `Audited` is made."""
