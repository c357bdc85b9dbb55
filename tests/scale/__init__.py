"""More than one machine: several instances on one register, object storage, moved registers, read replicas."""
