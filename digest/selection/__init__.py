"""Which papers, and why. PURE: no clock, no file, no network, no chance."""
