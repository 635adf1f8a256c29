"""A daily e-mail digest of the scientific papers that matter to you."""

__version__ = "0.1.0"
