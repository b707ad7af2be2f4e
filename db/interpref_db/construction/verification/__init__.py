"""How good a benchmark is (paper section 3.3.3): preservation, diversity, what gives preferences away, lengths, the split."""
