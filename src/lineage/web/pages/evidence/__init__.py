"""The pages about evidence: what is proven, decided, erased, and was shown to whom.

`proof` and `audits` are about the record, `policies` and `releases` about decisions, `erasures` and
`disclosures` about people.
"""
