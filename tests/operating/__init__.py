"""What an operator does in the course of a week, against running gateways."""
