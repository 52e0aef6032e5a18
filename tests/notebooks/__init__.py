"""The notebooks as files and as programs: their form, their outputs, and what a kernel makes of them."""
