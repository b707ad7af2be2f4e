"""The application: it wires the parts and holds no behaviour of theirs."""
