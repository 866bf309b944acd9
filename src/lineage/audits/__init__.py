"""Write audits, and compare an audit that somebody holds with the history."""
