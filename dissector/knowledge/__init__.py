"""What the traffic teaches about the cluster, for messages that presuppose it."""
