"""Turn captured packets into decoded, paired Kafka requests and responses."""
