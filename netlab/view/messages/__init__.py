"""Messages byte by byte: hex dumps, and the parts of HTTP messages."""
