"""Operating a register: backup, restore, copies, checks, removals, and pending work."""
