"""Real charging sessions on a virtual clock: what each controller makes of them, and what the best one could have."""
