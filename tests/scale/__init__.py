"""More than one machine: several instances on one register, object storage, moving registers, read replicas."""
