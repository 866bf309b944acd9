"""The pages about evidence: `proof` and `audits` of the record, `policies` and `releases`,
`erasures`, and `disclosures`: who was shown what pages withhold. Each only shows documents.
"""
