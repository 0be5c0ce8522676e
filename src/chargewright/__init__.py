"""chargewright sends the right charging profile to every EV charging station, and proves that it worked."""

__version__ = "0.1.0"
